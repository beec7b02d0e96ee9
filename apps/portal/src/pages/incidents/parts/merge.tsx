import { Field, Text, Textarea } from '@fluentui/react-components';
import type { IncidentGrouping, IncidentSummary, IncidentTarget } from '@parapet/schema/wire';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.ts';
import { FormDialog } from '../../../components/FormDialog.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { refreshTriage } from '../../../features/triage/bulk.ts';
import { visibleText } from '../../../lib/text.ts';

/** As many as one merge takes. */
export const MOST_MERGED = 5;

const at = (id: string) => `/api/incidents/${encodeURIComponent(id)}`;

/** Take the merges back that brought these incidents into one. */
async function unmerge(into: string, sources: readonly string[]): Promise<void> {
  const { merges } = await api.get<IncidentGrouping>(`${at(into)}/grouping`);
  for (const merge of merges)
    if (sources.includes(merge.incidentId) && merge.canUndo)
      await api.post(`${at(into)}/merges/${encodeURIComponent(merge.id)}/undo` as string, {});
}

async function mergeAll(ids: readonly string[], comment: string, client: QueryClient): Promise<string> {
  const { incidentId } = await api.post<IncidentTarget>('/api/incidents/merge' as string, {
    incidentIds: ids,
    ...(comment ? { comment } : {}),
  });
  refreshTriage(client);
  notify.undoable(`Merged into incident ${incidentId}`, () => {
    unmerge(
      incidentId,
      ids.filter((id) => id !== incidentId),
    )
      .then(
        () => notify.success('The incidents are apart again'),
        (error: unknown) => notify.failure('The merge could not be taken back', error),
      )
      .finally(() => refreshTriage(client));
  });
  return incidentId;
}

/** Merge two to five incidents; which of them the others go into is not the asker's choice. */
export function MergeDialog({
  incidents,
  onClose,
  onMerged,
}: {
  readonly incidents: readonly Pick<IncidentSummary, 'id' | 'name'>[];
  readonly onClose: () => void;
  readonly onMerged: (into: string) => void;
}) {
  const client = useQueryClient();
  const [comment, setComment] = useState('');
  return (
    <FormDialog
      title={`Merge ${incidents.length} incidents`}
      action="Merge"
      onClose={onClose}
      onSubmit={async () =>
        onMerged(
          await mergeAll(
            incidents.map(({ id }) => id),
            comment.trim(),
            client,
          ),
        )
      }
    >
      <ul style={{ margin: 0, paddingInlineStart: 20 }}>
        {incidents.map(({ id, name }) => (
          <li key={id}>
            {id}: {visibleText(name)}
          </li>
        ))}
      </ul>
      <Text size={200}>
        The one with an owner, then with most alerts, keeps its number; the others lead to it. Alerts, tags, comments
        and the log come along.
      </Text>
      <Field label="Why" hint="Becomes a comment.">
        <Textarea
          value={comment}
          rows={2}
          dir="auto"
          maxLength={30_000}
          onChange={(_, data) => setComment(data.value)}
        />
      </Field>
    </FormDialog>
  );
}
