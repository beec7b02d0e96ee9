import { mergeClasses } from '@fluentui/react-components';
import { ChevronDown12Regular } from '@fluentui/react-icons/svg/chevron-down';
import { ChevronRight12Regular } from '@fluentui/react-icons/svg/chevron-right';
import type { ReactNode } from 'react';
import { visibleText } from '../../lib/text.ts';
import { useStored } from '../../lib/useStored.ts';
import { usePaneStyles } from './SchemaPane.tsx';
import { countOf, type Folder, folderTree } from './tree.ts';

export interface SavedTreeProps<T> {
  /** Names what is folded, apart from other trees. */
  readonly id: string;
  readonly items: readonly T[];
  readonly folderOf: (item: T) => string;
  readonly render: (item: T) => ReactNode;
  /** Everything is shown open: somebody searches. */
  readonly open: boolean;
}

/** Saved things in their folders; what is folded is remembered. */
export function SavedTree<T>({ id, items, folderOf, render, open }: SavedTreeProps<T>) {
  const [opened, setOpened] = useStored<readonly string[]>(`hunting.folders.${id}`, []);
  const toggle = (path: string) =>
    setOpened(opened.includes(path) ? opened.filter((one) => one !== path) : [...opened, path]);
  return (
    <Level
      folder={folderTree(items, folderOf)}
      render={render}
      isOpen={(path) => open || opened.includes(path)}
      onToggle={toggle}
      depth={0}
    />
  );
}

function Level<T>({
  folder,
  render,
  isOpen,
  onToggle,
  depth,
}: {
  readonly folder: Folder<T>;
  readonly render: (item: T) => ReactNode;
  readonly isOpen: (path: string) => boolean;
  readonly onToggle: (path: string) => void;
  readonly depth: number;
}) {
  const styles = usePaneStyles();
  return (
    <ul className={mergeClasses(styles.list, depth > 0 && styles.nested)}>
      {folder.folders.map((each) => (
        <li key={each.path}>
          <div className={styles.line}>
            <button
              type="button"
              className={styles.name}
              aria-expanded={isOpen(each.path)}
              onClick={() => onToggle(each.path)}
            >
              <span className={styles.chevron}>
                {isOpen(each.path) ? <ChevronDown12Regular /> : <ChevronRight12Regular />}
              </span>
              <span className={styles.text}>{visibleText(each.name)}</span>
              <span className={styles.soft}>{countOf(each)}</span>
            </button>
          </div>
          {isOpen(each.path) ? (
            <Level folder={each} render={render} isOpen={isOpen} onToggle={onToggle} depth={depth + 1} />
          ) : null}
        </li>
      ))}
      {folder.items.map(render)}
    </ul>
  );
}
