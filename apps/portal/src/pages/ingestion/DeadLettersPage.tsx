import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { MailDismiss20Regular } from '@fluentui/react-icons/svg/mail-dismiss';
import type { DeadLetter } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import * as v from 'valibot';
import { api } from '../../api/client.ts';
import { asItems } from '../../api/users.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Facts, PaneSection } from '../../components/Facts.tsx';
import { FilterBar } from '../../components/FilterBar.tsx';
import { type QueueColumn, QueueGrid } from '../../components/QueueGrid.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { useLiveList } from '../../lib/liveList.ts';
import { gridProps } from '../../lib/queue.ts';
import { visibleText } from '../../lib/text.ts';
import { plural } from '../../lib/time.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { words } from '../../theme/meaning.ts';

const schema = v.object({
  reason: url.text(),
  source: url.text(),
  search: url.text(),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});

const rowId = (row: DeadLetter) => row.id;

/** `missing_timestamp` and `missingTimestamp` both read "Missing timestamp". */
const reasonText = (reason: string): string => words(visibleText(reason).replace(/[_-]+/g, ' '));

const useStyles = makeStyles({
  raw: {
    margin: 0,
    padding: '10px 12px',
    maxHeight: '50vh',
    overflow: 'auto',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: '12px',
    backgroundColor: tokens.colorNeutralBackground3,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    unicodeBidi: 'isolate',
  },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: '12px', unicodeBidi: 'isolate' },
});

function RawCell({ text }: { readonly text: string }) {
  const styles = useStyles();
  return (
    <span className={styles.mono} dir="ltr">
      {visibleText(text.slice(0, 240).replace(/\s+/g, ' '))}
    </span>
  );
}

const COLUMNS: readonly QueueColumn<DeadLetter>[] = [
  { id: 'time', header: 'Time', width: 128, required: true, render: (row) => <TimeText value={row.time} /> },
  { id: 'reason', header: 'Reason', width: 180, render: (row) => reasonText(row.reason) },
  {
    id: 'detail',
    header: 'Detail',
    width: 280,
    render: (row) => <span title={visibleText(row.detail)}>{visibleText(row.detail)}</span>,
  },
  { id: 'sourceName', header: 'Source', width: 180, render: (row) => visibleText(row.sourceName) },
  { id: 'connector', header: 'Connector', width: 130, render: (row) => visibleText(row.connector) || '–' },
  { id: 'rawText', header: 'As it arrived', render: (row) => <RawCell text={row.rawText} /> },
];

/** Events that could not be stored: nothing that arrived is thrown away without a word. */
export function DeadLettersPage() {
  const [state, setState] = useUrlState(schema);
  const navigate = useNavigate();
  const { row: _row, ...wanted } = state;
  const signature = JSON.stringify(wanted);
  // biome-ignore lint/correctness/useExhaustiveDependencies: keyed by what the list depends on
  const query = useMemo(() => ({ ...wanted, search: wanted.search.trim() }), [signature]);
  const list = useLiveList<DeadLetter>('/api/ingest/dead-letters', query, rowId);
  const sources = useQuery({
    queryKey: ['/api/ingest/sources'],
    queryFn: async ({ signal }) => asItems(await api.get('/api/ingest/sources', undefined, signal)),
    staleTime: 30_000,
  });
  const items = list.data?.items ?? [];
  const reasons = [...new Set([...items.map((row) => row.reason), state.reason])].filter(Boolean).sort();
  const names = [
    ...new Set([...(sources.data ?? []).map((one) => one.name), ...items.map((row) => row.sourceName), state.source]),
  ]
    .filter(Boolean)
    .sort();
  const filtered = Boolean(state.reason || state.source || state.search);
  const reset = () => setState({ reason: '', source: '', search: '', page: 1, row: '' });
  return (
    <PageShell
      title="Dead letters"
      purpose="Events that arrived and could not be stored, with the reason and the text as it came."
      crumbs={[{ label: 'Sources & connectors', to: '/ingestion' }]}
      fill
      commands={
        <HuntLink
          query={'ParapetDeadLetter\n| summarize Events = count() by Reason, SourceName\n| sort by Events desc'}
          as="button"
        >
          Open in hunting
        </HuntLink>
      }
      filters={
        <FilterBar
          search={{
            value: state.search,
            onChange: (search) => setState({ search, page: 1, row: '' }),
            placeholder: 'Search text and detail',
          }}
          filters={[
            {
              id: 'reason',
              label: 'Reason',
              options: reasons.map((value) => ({ value, label: reasonText(value) })),
              selected: state.reason ? [state.reason] : [],
              onChange: (values) => setState({ reason: values.at(-1) ?? '', page: 1, row: '' }),
            },
            {
              id: 'source',
              label: 'Source',
              options: names.map((value) => ({ value, label: value })),
              selected: state.source ? [state.source] : [],
              onChange: (values) => setState({ source: values.at(-1) ?? '', page: 1, row: '' }),
            },
          ]}
          onReset={filtered ? reset : undefined}
        />
      }
    >
      <QueueGrid
        label="Dead letters"
        preferenceKey="grid.deadLetters"
        columns={COLUMNS}
        rowId={rowId}
        rowLabel={(row) => reasonText(row.reason)}
        {...gridProps(list, state, setState)}
        toolbar={<Text aria-live="polite">{list.data ? plural(list.data.total, 'event') : ''}</Text>}
        renderPane={(row) => <Letter letter={row} />}
        empty={
          filtered ? (
            <EmptyState
              icon={MailDismiss20Regular}
              title="No dead letter matches these filters"
              action={<Button onClick={reset}>Show all dead letters</Button>}
            />
          ) : (
            <EmptyState
              icon={MailDismiss20Regular}
              title="Nothing was rejected"
              reason="Every event that arrived could be read and stored. What cannot be read lands here with its reason."
              action={<Button onClick={() => void navigate({ to: '/ingestion' })}>See the sources</Button>}
            />
          )
        }
      />
    </PageShell>
  );
}

function Letter({ letter }: { readonly letter: DeadLetter }) {
  const styles = useStyles();
  return (
    <>
      <Facts
        rows={[
          { label: 'Reason', value: reasonText(letter.reason) },
          { label: 'Detail', value: visibleText(letter.detail) || '–' },
          { label: 'Arrived', value: <TimeText value={letter.time} mode="absolute" /> },
          { label: 'Source', value: visibleText(letter.sourceName) || '–' },
          { label: 'Connector', value: visibleText(letter.connector) || 'None claimed it' },
        ]}
      />
      <PaneSection title="As it arrived">
        <CopyButton value={letter.rawText} what="text as it arrived" labelled />
        <pre className={styles.raw} style={{ marginTop: 8 }} dir="ltr">
          {visibleText(letter.rawText)}
        </pre>
      </PaneSection>
    </>
  );
}
