import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { Apps16Regular } from '@fluentui/react-icons/svg/apps';
import { ChevronDown16Regular } from '@fluentui/react-icons/svg/chevron-down';
import { ChevronRight16Regular } from '@fluentui/react-icons/svg/chevron-right';
import type { ProcessNode } from '@parapet/schema/wire';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { SeverityBadge } from '../../components/Badges.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { countNodes, highestSeverity, initiallyCollapsed, type TreeLine, treeMove, visibleLines } from './model.ts';

const INDENT = 22;

const useStyles = makeStyles({
  tree: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  item: {
    display: 'flex',
    alignItems: 'stretch',
    minWidth: 0,
    cursor: 'pointer',
    borderRadius: tokens.borderRadiusMedium,
    outline: 'none',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { boxShadow: `inset 0 0 0 2px ${tokens.colorStrokeFocus2}` },
  },
  selected: { backgroundColor: tokens.colorNeutralBackground1Selected },
  guide: { position: 'relative', width: `${INDENT}px`, flexShrink: 0 },
  through: {
    '::before': {
      content: '""',
      position: 'absolute',
      left: '10px',
      top: 0,
      bottom: 0,
      borderLeft: `1px solid ${tokens.colorNeutralStroke1}`,
    },
  },
  elbow: {
    '::before': {
      content: '""',
      position: 'absolute',
      left: '10px',
      top: 0,
      bottom: 0,
      borderLeft: `1px solid ${tokens.colorNeutralStroke1}`,
    },
    '::after': {
      content: '""',
      position: 'absolute',
      left: '10px',
      top: '17px',
      width: '10px',
      borderTop: `1px solid ${tokens.colorNeutralStroke1}`,
    },
  },
  corner: { '::before': { bottom: 'auto', height: '17px' } },
  toggle: {
    width: '20px',
    flexShrink: 0,
    display: 'flex',
    justifyContent: 'center',
    paddingTop: '9px',
    color: tokens.colorNeutralForeground3,
  },
  content: { minWidth: 0, flexGrow: 1, padding: '6px 8px 6px 4px', borderLeft: '3px solid transparent' },
  highlighted: { borderLeftColor: tokens.colorBrandStroke1, backgroundColor: tokens.colorBrandBackground2 },
  head: { display: 'flex', alignItems: 'center', gap: '8px', flexWrap: 'wrap', minHeight: '22px' },
  icon: { color: tokens.colorNeutralForeground3, display: 'flex' },
  name: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere', unicodeBidi: 'isolate' },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  command: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: '12px',
    lineHeight: '17px',
    color: tokens.colorNeutralForeground2,
    overflowWrap: 'anywhere',
    whiteSpace: 'pre-wrap',
    display: '-webkit-box',
    WebkitLineClamp: 3,
    WebkitBoxOrient: 'vertical',
    overflow: 'hidden',
    unicodeBidi: 'isolate',
  },
});

export interface ProcessTreeViewProps {
  readonly roots: readonly ProcessNode[];
  readonly selected: string | undefined;
  readonly onSelect: (node: ProcessNode) => void;
  readonly label: string;
}

/** The processes of an alert as an ARIA tree: arrows move and fold, Enter or a click selects. */
export function ProcessTreeView({ roots, selected, onSelect, label }: ProcessTreeViewProps) {
  const styles = useStyles();
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(() => initiallyCollapsed({ roots }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tree starts with its own folding
  useEffect(() => setCollapsed(initiallyCollapsed({ roots })), [roots.map((root) => root.key).join('|')]);
  const lines = useMemo(() => visibleLines({ roots }, collapsed), [roots, collapsed]);
  const tree = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string>();
  const tabStop = lines.some((line) => line.node.key === (focused ?? selected))
    ? (focused ?? selected)
    : lines[0]?.node.key;

  const fold = (key: string, close: boolean) => {
    const next = new Set(collapsed);
    if (close) next.add(key);
    else next.delete(key);
    setCollapsed(next);
  };
  const onKeyDown = (event: KeyboardEvent, line: TreeLine) => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onSelect(line.node);
      return;
    }
    const move = treeMove(lines, line.node.key, event.key);
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    if (move.expand) fold(move.expand, false);
    if (move.collapse) fold(move.collapse, true);
    if (move.focus) {
      setFocused(move.focus);
      tree.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(move.focus)}"]`)?.focus();
    }
  };

  return (
    <div ref={tree} role="tree" aria-label={label} className={styles.tree}>
      {lines.map((line) => {
        const { node } = line;
        const severity = highestSeverity(node);
        const below = line.expanded ? 0 : countNodes(node.children);
        return (
          <div
            key={node.key}
            role="treeitem"
            data-key={node.key}
            aria-level={line.level}
            aria-setsize={line.setSize}
            aria-posinset={line.position}
            aria-selected={node.key === selected}
            {...(node.children.length > 0 ? { 'aria-expanded': line.expanded } : {})}
            aria-label={ariaLabel(node, severity)}
            tabIndex={node.key === tabStop ? 0 : -1}
            className={mergeClasses(styles.item, node.key === selected && styles.selected)}
            onClick={() => onSelect(node)}
            onKeyDown={(event) => onKeyDown(event, line)}
            onFocus={() => setFocused(node.key)}
          >
            {line.lastAtLevel.slice(1).map((last, depth) => (
              <span
                // biome-ignore lint/suspicious/noArrayIndexKey: guides are told apart by their depth
                key={depth}
                aria-hidden="true"
                className={mergeClasses(
                  styles.guide,
                  depth === line.level - 2
                    ? mergeClasses(styles.elbow, last && styles.corner)
                    : last
                      ? undefined
                      : styles.through,
                )}
              />
            ))}
            <span
              aria-hidden="true"
              className={styles.toggle}
              onClick={(event) => {
                if (node.children.length === 0) return;
                event.stopPropagation();
                fold(node.key, line.expanded);
              }}
            >
              {node.children.length === 0 ? null : line.expanded ? <ChevronDown16Regular /> : <ChevronRight16Regular />}
            </span>
            <div className={mergeClasses(styles.content, node.highlighted && styles.highlighted)}>
              <div className={styles.head}>
                <span className={styles.icon}>
                  <Apps16Regular />
                </span>
                <span className={styles.name} dir="ltr">
                  {visibleText(node.fileName || 'Unknown process')}
                </span>
                {node.processId === null ? null : <span className={styles.soft}>PID {node.processId}</span>}
                {node.creationTime ? (
                  <span className={styles.soft}>
                    <TimeText value={node.creationTime} mode="absolute" />
                  </span>
                ) : (
                  <span className={styles.soft}>start not recorded</span>
                )}
                {node.account ? <span className={styles.soft}>{visibleText(node.account)}</span> : null}
                {node.integrityLevel ? <span className={styles.soft}>{node.integrityLevel} integrity</span> : null}
                {severity ? (
                  <span className={styles.soft}>
                    <SeverityBadge severity={severity} />
                    {node.alerts.length > 1 ? ` · ${node.alerts.length} alerts` : ''}
                  </span>
                ) : null}
                {below > 0 ? <span className={styles.soft}>{formatCount(below)} more below</span> : null}
              </div>
              {node.commandLine ? (
                <div className={styles.command} dir="ltr">
                  {visibleText(node.commandLine)}
                </div>
              ) : null}
            </div>
          </div>
        );
      })}
    </div>
  );
}

function ariaLabel(node: ProcessNode, severity: string | undefined): string {
  return [
    visibleText(node.fileName || 'Unknown process'),
    node.processId === null ? '' : `process id ${node.processId}`,
    node.account ? `as ${visibleText(node.account)}` : '',
    node.highlighted ? 'part of this alert' : '',
    severity ? `${node.alerts.length} ${node.alerts.length === 1 ? 'alert' : 'alerts'}, ${severity} severity` : '',
  ]
    .filter(Boolean)
    .join(', ');
}
