import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { IncidentDetail, IncidentProposal } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.ts';
import { notify } from '../../../components/Notifier.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';

const useStyles = makeStyles({
  list: { display: 'flex', flexDirection: 'column', gap: '6px', margin: '0 24px 8px', flexShrink: 0 },
  bar: { alignItems: 'start' },
  reason: { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', display: 'block', maxHeight: '120px', overflow: 'auto' },
  comment: {
    display: 'block',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    maxHeight: '120px',
    overflow: 'auto',
    margin: '4px 0',
    paddingLeft: '8px',
    borderLeft: `2px solid ${tokens.colorNeutralStroke1}`,
  },
});

const NAMES: Readonly<Record<string, string>> = {
  name: 'Name',
  status: 'Status',
  severity: 'Severity',
  assignedTo: 'Assigned to',
  classification: 'Classification',
  determination: 'Determination',
  tags: 'Tags',
  resolvingComment: 'Resolving comment',
};

/** What the proposal would change, in words. */
const changesOf = ({ changes }: IncidentProposal): string =>
  Object.entries(changes)
    .map(([name, value]) => {
      const text = value === null ? 'cleared' : Array.isArray(value) ? value.join(', ') : String(value);
      return `${NAMES[name] ?? name}: ${visibleText(text)}`;
    })
    .join(' · ');

/** Open proposals of assistants and scripts: nothing of them has happened; accepting makes the change as oneself. */
export function Proposals({ incident, canDecide }: { readonly incident: IncidentDetail; readonly canDecide: boolean }) {
  const styles = useStyles();
  const client = useQueryClient();
  const [busy, setBusy] = useState<string>();
  const path = `/api/incidents/${encodeURIComponent(incident.id)}/proposals`;
  const proposals = useQuery({
    queryKey: ['/api/incidents', incident.id, 'proposals', incident.lastUpdate],
    queryFn: ({ signal }) => api.get<{ readonly items: readonly IncidentProposal[] }>(path, undefined, signal),
  });
  const open = proposals.data?.items.filter((proposal) => proposal.state === 'open') ?? [];
  if (open.length === 0) return null;
  const decide = async (proposal: IncidentProposal, verdict: 'accept' | 'dismiss'): Promise<void> => {
    setBusy(proposal.id);
    try {
      await api.post(`${path}/${encodeURIComponent(proposal.id)}/${verdict}`);
      notify.success(verdict === 'accept' ? 'The proposal was carried out' : 'The proposal was dismissed');
    } catch (error) {
      notify.failure('The proposal was not decided', error);
    } finally {
      setBusy(undefined);
      await client.invalidateQueries({ queryKey: ['/api/incidents'] });
    }
  };
  return (
    <section className={styles.list} aria-label="Proposals">
      {open.map((proposal) => (
        <MessageBar key={proposal.id} intent="info" layout="multiline" className={styles.bar}>
          <MessageBarBody>
            <MessageBarTitle>Proposed by {visibleText(proposal.proposedBy)}</MessageBarTitle>
            {changesOf(proposal)} <TimeText value={proposal.createdAt} />
            <Text className={styles.reason}>{visibleText(proposal.reason)}</Text>
            {proposal.comment ? <Text className={styles.comment}>{visibleText(proposal.comment)}</Text> : null}
          </MessageBarBody>
          {canDecide ? (
            <MessageBarActions>
              <Button disabled={busy !== undefined} onClick={() => void decide(proposal, 'accept')}>
                {proposal.comment && Object.keys(proposal.changes).length === 0 ? 'Add comment' : 'Accept change'}
              </Button>
              <Button disabled={busy !== undefined} onClick={() => void decide(proposal, 'dismiss')}>
                Dismiss
              </Button>
            </MessageBarActions>
          ) : null}
        </MessageBar>
      ))}
    </section>
  );
}
