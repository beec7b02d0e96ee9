import { makeStyles, tokens } from '@fluentui/react-components';
import {
  Background,
  BackgroundVariant,
  Controls,
  type Edge,
  MarkerType,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from '@xyflow/react';
import { useEffect, useMemo, useRef, useState } from 'react';
import '@xyflow/react/dist/base.css';
import './story.css';
import { visibleText } from '../../lib/text.ts';
import { useAppearance } from '../../theme/Appearance.tsx';
import { layoutStory, NODE_HEIGHT, NODE_WIDTH } from './layout.ts';
import type { Drawn, Visibility } from './model.ts';
import { nodeAria, type StoryFlowNode, StoryNodeView } from './StoryNodeView.tsx';

const NODE_TYPES = { story: StoryNodeView };
const FIT = { padding: 0.12, maxZoom: 1.1, duration: 200 } as const;
/** Pixels between a node that was brought into view and the edge. */
const MARGIN = 48;

const useStyles = makeStyles({
  canvas: { width: '100%', height: '100%', backgroundColor: tokens.colorNeutralBackground2 },
});

export interface StoryGraphProps {
  readonly drawn: Drawn;
  readonly visible: Visibility;
  /** Undefined when no alert is chosen. */
  readonly highlight: { readonly nodes: ReadonlySet<string>; readonly edges: ReadonlySet<string> } | undefined;
  readonly selectedId: string | undefined;
  readonly onSelect: (id: string | undefined) => void;
  readonly onExpand: (id: string) => void;
}

/** The picture of the story: pan and zoom, nodes reachable with Tab, Enter selects, verbs on hover. */
export function StoryGraph(props: StoryGraphProps) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

function Canvas({ drawn, visible, highlight, selectedId, onSelect, onExpand }: StoryGraphProps) {
  const styles = useStyles();
  const { themeName } = useAppearance();
  const flow = useReactFlow();
  const box = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState<string>();
  const { places, direction } = useMemo(() => layoutStory(drawn), [drawn]);
  const names = useMemo(() => new Map(drawn.nodes.map((node) => [node.id, node.label])), [drawn]);

  const nodes = useMemo<StoryFlowNode[]>(
    () =>
      drawn.nodes.map((node) => ({
        id: node.id,
        type: 'story',
        position: places.get(node.id)!,
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
        draggable: false,
        connectable: false,
        deletable: false,
        selected: node.id === selectedId,
        ariaLabel: nodeAria(node),
        data: {
          node,
          direction,
          absent: !visible.nodes.has(node.id),
          dimmed: highlight !== undefined && !highlight.nodes.has(node.id),
          current: visible.current.has(node.id),
        },
      })),
    [drawn, places, direction, visible, highlight, selectedId],
  );

  const edges = useMemo<Edge[]>(
    () =>
      drawn.edges.map((edge) => {
        const touches = selectedId === edge.source || selectedId === edge.target;
        const strong = hovered === edge.id || touches || highlight?.edges.has(edge.id) === true;
        const opacity = !visible.edges.has(edge.id) ? 0.05 : highlight && !highlight.edges.has(edge.id) ? 0.25 : 1;
        const colour = strong ? 'var(--colorBrandStroke1)' : 'var(--colorNeutralStrokeAccessible)';
        return {
          id: edge.id,
          source: edge.source,
          target: edge.target,
          selectable: false,
          focusable: false,
          deletable: false,
          interactionWidth: 16,
          ariaLabel: `${names.get(edge.source)} ${edge.label} ${names.get(edge.target)}`,
          markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14, color: colour },
          style: { stroke: colour, strokeWidth: strong ? 2 : 1.25, opacity },
          ...(strong && opacity > 0.1
            ? {
                label: visibleText(edge.label),
                labelBgPadding: [5, 2] as [number, number],
                labelBgBorderRadius: 4,
                zIndex: 10,
              }
            : {}),
        };
      }),
    [drawn, visible, highlight, hovered, selectedId, names],
  );

  // A different set of nodes is a different picture: show all of it.
  const shape = useMemo(() => drawn.nodes.map((node) => node.id).join('|'), [drawn]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new shape moves the camera
  useEffect(() => {
    const frame = requestAnimationFrame(() => void flow.fitView(FIT));
    return () => cancelAnimationFrame(frame);
  }, [shape, flow]);

  // A pane opened beside it: the chosen node stays in view, the rest keeps its size. When it closes, all is shown again.
  const chosen = useRef(selectedId);
  chosen.current = selectedId;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let width = element.clientWidth;
    const observer = new ResizeObserver(() => {
      const before = width;
      width = element.clientWidth;
      if (width > before + 40) void flow.fitView(FIT);
      else if (width < before - 40 && chosen.current)
        void flow.setViewport(bringIntoView(chosen.current), { duration: 200 });
    });
    const bringIntoView = (id: string) => {
      const view = flow.getViewport();
      const node = flow.getNode(id);
      if (!node) return view;
      const left = node.position.x * view.zoom + view.x;
      const right = left + NODE_WIDTH * view.zoom;
      if (left < MARGIN) return { ...view, x: view.x + MARGIN - left };
      return right > width - MARGIN ? { ...view, x: view.x - (right - width + MARGIN) } : view;
    };
    observer.observe(element);
    return () => observer.disconnect();
  }, [flow]);

  return (
    <div className={styles.canvas} ref={box}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        colorMode={themeName === 'light' ? 'light' : 'dark'}
        fitView
        fitViewOptions={{ padding: 0.12, maxZoom: 1.1 }}
        minZoom={0.15}
        maxZoom={2}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable
        edgesFocusable={false}
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        onlyRenderVisibleElements={drawn.nodes.length > 250}
        proOptions={{ hideAttribution: true }}
        aria-label="Attack graph. The list beside it tells the same story."
        onNodesChange={(changes) => {
          // Enter and Space on a focused node arrive as a selection change.
          for (const change of changes) if (change.type === 'select' && change.selected) onSelect(change.id);
        }}
        onNodeClick={(_, node) => onSelect(node.id)}
        onNodeDoubleClick={(_, node) => onExpand(node.id)}
        onPaneClick={() => onSelect(undefined)}
        onEdgeMouseEnter={(_, edge) => setHovered(edge.id)}
        onEdgeMouseLeave={() => setHovered(undefined)}
      >
        <Background variant={BackgroundVariant.Dots} gap={22} size={1} color="var(--colorNeutralStroke1)" />
        <Controls showInteractive={false} position="bottom-right" />
      </ReactFlow>
    </div>
  );
}
