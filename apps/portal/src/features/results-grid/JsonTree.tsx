import {
  Button,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { ChevronDown12Regular } from '@fluentui/react-icons/svg/chevron-down';
import { ChevronRight12Regular } from '@fluentui/react-icons/svg/chevron-right';
import { MoreHorizontal16Regular } from '@fluentui/react-icons/svg/more-horizontal';
import { type ReactNode, useState } from 'react';
import { copyText } from '../../components/CopyButton.tsx';
import { notify } from '../../components/Notifier.tsx';
import { visibleText } from '../../lib/text.ts';
import { plainButton } from './plain-button.ts';
import type { JsonPath } from './where.ts';

const useStyles = makeStyles({
  tree: { fontFamily: tokens.fontFamilyMonospace, fontSize: '12px', lineHeight: '20px' },
  line: {
    display: 'flex',
    alignItems: 'flex-start',
    gap: '4px',
    minWidth: 0,
    '& [data-leaf-menu]': { opacity: 0 },
    ':hover [data-leaf-menu], :focus-within [data-leaf-menu]': { opacity: 1 },
  },
  toggle: {
    ...plainButton,
    cursor: 'pointer',
    display: 'inline-flex',
    alignItems: 'center',
    gap: '4px',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  key: { color: tokens.colorPaletteBlueForeground2, flexShrink: 0 },
  value: { overflowWrap: 'anywhere', minWidth: 0, whiteSpace: 'pre-wrap', unicodeBidi: 'isolate' },
  soft: { color: tokens.colorNeutralForeground3 },
  children: { paddingLeft: '16px', borderLeft: `1px solid ${tokens.colorNeutralStroke3}`, marginLeft: '5px' },
  menu: { minWidth: '24px', height: '20px' },
});

export interface JsonTreeProps {
  readonly value: unknown;
  /** What each leaf offers; absent parts are left out of the menu. */
  readonly onInclude?: (path: JsonPath, value: unknown) => void;
  readonly onExclude?: (path: JsonPath, value: unknown) => void;
  readonly onExtend?: (path: JsonPath) => void;
}

const MAX_CHILDREN = 200;

/** A dynamic value as a tree that folds; values stay text. */
export function JsonTree(props: JsonTreeProps) {
  const styles = useStyles();
  return (
    <div className={styles.tree}>
      <JsonNode {...props} path={[]} depth={0} />
    </div>
  );
}

interface NodeProps extends JsonTreeProps {
  readonly path: JsonPath;
  readonly depth: number;
}

function JsonNode(props: NodeProps) {
  const styles = useStyles();
  const { value, path, depth } = props;
  const [open, setOpen] = useState(depth < 2);
  const [limit, setLimit] = useState(MAX_CHILDREN);
  const name = path.at(-1);
  const label = name === undefined ? null : <span className={styles.key}>{visibleText(String(name))}:</span>;
  if (value === null || typeof value !== 'object') return <Leaf {...props} label={label} />;
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries(value);
  const size = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  return (
    <div>
      {depth === 0 ? null : (
        <div className={styles.line}>
          <button type="button" className={styles.toggle} aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? <ChevronDown12Regular /> : <ChevronRight12Regular />}
            {label}
            <span className={styles.soft}>{size}</span>
          </button>
        </div>
      )}
      {open || depth === 0 ? (
        <div className={depth === 0 ? undefined : styles.children}>
          {entries.length === 0 && depth === 0 ? <span className={styles.soft}>{size}</span> : null}
          {entries.slice(0, limit).map(([key, child]) => (
            <JsonNode key={key} {...props} value={child} path={[...path, key]} depth={depth + 1} />
          ))}
          {entries.length > limit ? (
            <Button size="small" appearance="transparent" onClick={() => setLimit(limit + MAX_CHILDREN)}>
              Show more of {entries.length}
            </Button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

function Leaf({ value, path, label, onInclude, onExclude, onExtend }: NodeProps & { readonly label: ReactNode }) {
  const styles = useStyles();
  const text = value === null ? 'null' : String(value);
  const copy = async () => {
    try {
      await copyText(text);
      notify.success('Copied the value');
    } catch (error) {
      notify.failure('The value was not copied', error);
    }
  };
  return (
    <div className={styles.line}>
      {label}
      <span className={styles.value}>{visibleText(text)}</span>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button
            size="small"
            appearance="subtle"
            data-leaf-menu=""
            className={styles.menu}
            icon={<MoreHorizontal16Regular />}
            aria-label={`Actions for ${String(path.at(-1) ?? 'value')}`}
          />
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {onInclude ? <MenuItem onClick={() => onInclude(path, value)}>Filter to this, then run</MenuItem> : null}
            {onExclude ? <MenuItem onClick={() => onExclude(path, value)}>Filter this out, then run</MenuItem> : null}
            {onExtend ? <MenuItem onClick={() => onExtend(path)}>Add as a column</MenuItem> : null}
            <MenuItem onClick={() => void copy()}>Copy value</MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
    </div>
  );
}
