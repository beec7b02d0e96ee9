import type { AttackStory } from '@parapet/schema/wire';
import { useMemo } from 'react';
import { layoutStory, NODE_HEIGHT, NODE_WIDTH } from '../../../features/attack-story/layout.ts';
import { drawStory } from '../../../features/attack-story/model.ts';
import { ENTITY_LABEL, shortLabel } from '../../../lib/entity.ts';
import { middle, visibleText } from '../../../lib/text.ts';
import { SEVERITY_HUE, SEVERITY_LABEL } from '../../../theme/meaning.ts';

const NOTHING = new Set<string>();
const PAD = 16;

/** The attack graph as a still picture, for paper. */
export function StoryPicture({ story }: { readonly story: AttackStory }) {
  const { drawn, places, width, height } = useMemo(() => {
    const picture = drawStory(story, NOTHING);
    const laid = layoutStory(picture).places;
    const spots = [...laid.values()];
    return {
      drawn: picture,
      places: laid,
      width: Math.max(1, ...spots.map(({ x }) => x + NODE_WIDTH)) + 2 * PAD,
      height: Math.max(1, ...spots.map(({ y }) => y + NODE_HEIGHT)) + 2 * PAD,
    };
  }, [story]);
  if (drawn.nodes.length === 0) return null;
  return (
    <svg
      role="img"
      aria-label="Attack graph; the list below tells the same story"
      viewBox={`${-PAD} ${-PAD} ${width} ${height}`}
      style={{ width: '100%', maxHeight: '16cm', display: 'block' }}
    >
      {drawn.edges.map((edge) => {
        const from = places.get(edge.source);
        const to = places.get(edge.target);
        if (!from || !to) return null;
        return (
          <line
            key={edge.id}
            x1={from.x + NODE_WIDTH / 2}
            y1={from.y + NODE_HEIGHT / 2}
            x2={to.x + NODE_WIDTH / 2}
            y2={to.y + NODE_HEIGHT / 2}
            stroke="#8a8a8a"
            strokeWidth={1.25}
          />
        );
      })}
      {drawn.nodes.map((node) => {
        const { x, y } = places.get(node.id)!;
        return (
          <g key={node.id} transform={`translate(${x} ${y})`}>
            <rect
              width={NODE_WIDTH}
              height={NODE_HEIGHT}
              rx={6}
              fill="#ffffff"
              stroke={SEVERITY_HUE.light[node.severity]}
              strokeWidth={node.patientZero ? 3 : 1.5}
            />
            <text x={10} y={22} fontSize={13} fontWeight={600} fill="#1b1b1b">
              {visibleText(middle(shortLabel(node), 24))}
            </text>
            <text x={10} y={40} fontSize={11} fill="#4a4a4a">
              {node.patientZero ? 'Started here · ' : ''}
              {node.entities.length > 1 ? `Group of ${node.entities.length}` : ENTITY_LABEL[node.type]} ·{' '}
              {SEVERITY_LABEL[node.severity]}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
