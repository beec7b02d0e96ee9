import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { Flag16Filled } from '@fluentui/react-icons/svg/flag';
import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { SeverityBadge } from '../../components/Badges.tsx';
import { CloudMark } from '../../components/CloudMark.tsx';
import { ENTITY_ICON } from '../../components/EntityChip.tsx';
import { ENTITY_LABEL, shortLabel } from '../../lib/entity.ts';
import { middle, visibleText } from '../../lib/text.ts';
import { useAppearance } from '../../theme/Appearance.tsx';
import { SEVERITY_HUE } from '../../theme/meaning.ts';
import { type Direction, NODE_HEIGHT, NODE_WIDTH } from './layout.ts';
import type { DrawnNode } from './model.ts';

export interface StoryNodeData extends Record<string, unknown> {
  readonly node: DrawnNode;
  readonly direction: Direction;
  readonly dimmed: boolean;
  readonly absent: boolean;
  readonly current: boolean;
}

export type StoryFlowNode = Node<StoryNodeData, 'story'>;

const useStyles = makeStyles({
  card: {
    position: 'relative',
    width: `${NODE_WIDTH}px`,
    height: `${NODE_HEIGHT}px`,
    display: 'grid',
    gridTemplateColumns: '36px minmax(0, 1fr)',
    alignItems: 'center',
    gap: '8px',
    padding: '0 10px 0 7px',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    boxShadow: tokens.shadow2,
    cursor: 'pointer',
    transitionProperty: 'opacity, box-shadow',
    transitionDuration: '160ms',
  },
  folded: {
    boxShadow: `3px 3px 0 -1px ${tokens.colorNeutralBackground1}, 3px 3px 0 0 ${tokens.colorNeutralStroke1}, 6px 6px 0 -1px ${tokens.colorNeutralBackground1}, 6px 6px 0 0 ${tokens.colorNeutralStroke1}`,
  },
  selected: { outline: `2px solid ${tokens.colorCompoundBrandStroke}`, outlineOffset: '1px' },
  current: {
    boxShadow: `0 0 0 4px ${tokens.colorBrandBackground2}, ${tokens.shadow8}`,
    border: `1px solid ${tokens.colorBrandStroke1}`,
  },
  dimmed: {
    color: tokens.colorNeutralForeground3,
    backgroundColor: tokens.colorNeutralBackground2,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    boxShadow: 'none',
    '& *': { fontWeight: tokens.fontWeightRegular },
  },
  absent: {
    opacity: 0.3,
    border: `1px dashed ${tokens.colorNeutralStroke1}`,
    boxShadow: 'none',
    '& > span': { visibility: 'hidden' },
  },
  disc: {
    width: '34px',
    height: '34px',
    borderRadius: '50%',
    display: 'grid',
    placeItems: 'center',
    fontSize: '18px',
    border: '2px solid',
    backgroundColor: tokens.colorNeutralBackground2,
  },
  label: {
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    lineHeight: '16px',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    unicodeBidi: 'isolate',
  },
  under: {
    fontSize: tokens.fontSizeBase100,
    lineHeight: '14px',
    color: tokens.colorNeutralForeground3,
    display: 'flex',
    alignItems: 'center',
    gap: '5px',
    whiteSpace: 'nowrap',
  },
  start: {
    position: 'absolute',
    top: '-11px',
    left: '10px',
    display: 'inline-flex',
    alignItems: 'center',
    gap: '3px',
    height: '18px',
    padding: '0 7px 0 4px',
    borderRadius: tokens.borderRadiusCircular,
    fontSize: tokens.fontSizeBase100,
    fontWeight: tokens.fontWeightSemibold,
    backgroundColor: tokens.colorNeutralForeground1,
    color: tokens.colorNeutralBackground1,
  },
  handle: { opacity: 0, pointerEvents: 'none', minWidth: 0, minHeight: 0, width: '1px', height: '1px', border: 'none' },
});

/** What the node says to someone who cannot see it. */
export function nodeAria(node: DrawnNode): string {
  return [
    ENTITY_LABEL[node.type],
    visibleText(node.label),
    node.patientZero ? 'started here' : '',
    `${node.severity} severity`,
    `${node.alertIds.length} ${node.alertIds.length === 1 ? 'alert' : 'alerts'}`,
    node.entities.length > 1 ? `group of ${node.entities.length}` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

export function StoryNodeView({ data, selected }: NodeProps<StoryFlowNode>) {
  const styles = useStyles();
  const { themeName } = useAppearance();
  const { node } = data;
  const Icon = ENTITY_ICON[node.type];
  return (
    <div
      className={mergeClasses(
        styles.card,
        node.entities.length > 1 && styles.folded,
        data.current && styles.current,
        selected && styles.selected,
        data.dimmed && styles.dimmed,
        data.absent && styles.absent,
      )}
      title={visibleText(node.label)}
    >
      <Handle
        type="target"
        position={data.direction === 'right' ? Position.Left : Position.Top}
        className={styles.handle}
        isConnectable={false}
      />
      <span
        className={styles.disc}
        style={{ borderColor: data.dimmed ? tokens.colorNeutralStroke1 : SEVERITY_HUE[themeName][node.severity] }}
      >
        <Icon fontSize={18} />
      </span>
      <span style={{ minWidth: 0 }}>
        <span className={styles.label} style={{ display: 'block' }}>
          {visibleText(middle(shortLabel(node), 40))}
        </span>
        <span className={styles.under}>
          {node.entities.length > 1 ? `Group of ${node.entities.length}` : ENTITY_LABEL[node.type]}
          {node.entities[0] ? <CloudMark entity={node.entities[0]} /> : null}
          <SeverityBadge severity={node.severity} iconOnly />
        </span>
      </span>
      {node.patientZero ? (
        <span className={styles.start}>
          <Flag16Filled fontSize={11} /> Started here
        </span>
      ) : null}
      <Handle
        type="source"
        position={data.direction === 'right' ? Position.Right : Position.Bottom}
        className={styles.handle}
        isConnectable={false}
      />
    </div>
  );
}
