import { Button, makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import type { AttackStory } from '@parapet/schema/wire';
import { useCallback, useMemo, useState } from 'react';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { drawStory, partOf, visibleAt } from './model.ts';
import { NodePane } from './NodePane.tsx';
import { ReplayBar } from './ReplayBar.tsx';
import { StoryGraph } from './StoryGraph.tsx';
import { StoryList } from './StoryList.tsx';

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexGrow: 1,
    minHeight: 0,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    containerType: 'inline-size',
  },
  list: {
    width: '336px',
    flexShrink: 0,
    overflowY: 'auto',
    backgroundColor: tokens.colorNeutralBackground1,
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  // With a pane open on a narrow window the list makes room; closing the pane brings it back.
  yields: { '@container (max-width: 1080px)': { display: 'none' } },
  head: {
    position: 'sticky',
    top: 0,
    zIndex: 1,
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'space-between',
    padding: '8px 12px 6px 14px',
    minHeight: '40px',
    backgroundColor: tokens.colorNeutralBackground1,
  },
  stage: { display: 'flex', flexDirection: 'column', flexGrow: 1, minWidth: 0, minHeight: 0 },
  graph: { flexGrow: 1, minHeight: '220px', position: 'relative' },
});

export interface AttackStoryViewProps {
  readonly story: AttackStory;
  readonly alertId: string | undefined;
  readonly nodeId: string | undefined;
  readonly onAlert: (alertId: string | undefined) => void;
  readonly onNode: (nodeId: string | undefined) => void;
}

/** Where did it start, what did it touch, where is it now: list, picture and replay of one story. */
export function AttackStoryView({ story, alertId, nodeId, onAlert, onNode }: AttackStoryViewProps) {
  const styles = useStyles();
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const [step, setStep] = useState<number>(Number.POSITIVE_INFINITY);
  const at = Math.min(step, story.steps.length);
  const drawn = useMemo(() => drawStory(story, expanded), [story, expanded]);
  const visible = useMemo(() => visibleAt(drawn, story.steps, at), [drawn, story.steps, at]);
  const highlight = useMemo(() => (alertId ? partOf(drawn, alertId) : undefined), [drawn, alertId]);
  const selected = drawn.nodes.find((node) => node.id === nodeId);

  const expand = useCallback(
    (id: string) => {
      setExpanded((previous) => new Set(previous).add(id));
      onNode(undefined);
    },
    [onNode],
  );
  const fold = useCallback(
    (group: string) => {
      setExpanded((previous) => {
        const next = new Set(previous);
        next.delete(group);
        return next;
      });
      onNode(group);
    },
    [onNode],
  );
  const expandNode = useCallback(
    (id: string) => {
      if ((drawn.nodes.find((node) => node.id === id)?.entities.length ?? 0) > 1) expand(id);
    },
    [drawn, expand],
  );

  if (story.nodes.length === 0)
    return (
      <EmptyState
        title="There is nothing to draw"
        reason="The alerts of this incident name no devices, people, files or addresses. The Alerts tab has what they say."
      />
    );
  return (
    <div className={styles.root}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={mergeClasses(styles.list, selected && styles.yields)} aria-label="Story" tabIndex={0}>
        <div className={styles.head}>
          <Text weight="semibold">What happened</Text>
          {alertId ? (
            <Button size="small" appearance="transparent" onClick={() => onAlert(undefined)}>
              Show all
            </Button>
          ) : null}
        </div>
        <StoryList steps={story.steps} step={at} chosenAlert={alertId} onChoose={onAlert} />
      </section>
      <div className={styles.stage}>
        <div className={styles.graph}>
          <StoryGraph
            drawn={drawn}
            visible={visible}
            highlight={highlight}
            selectedId={selected?.id}
            onSelect={onNode}
            onExpand={expandNode}
          />
        </div>
        {story.steps.length > 1 ? <ReplayBar steps={story.steps} step={at} onStep={setStep} /> : null}
      </div>
      {selected ? (
        <NodePane
          node={selected}
          steps={story.steps}
          canFold={selected.group !== null}
          onClose={() => onNode(undefined)}
          onExpand={() => expand(selected.id)}
          onFold={() => selected.group && fold(selected.group)}
          onChooseAlert={onAlert}
        />
      ) : null}
    </div>
  );
}
