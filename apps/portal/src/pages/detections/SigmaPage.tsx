import {
  Button,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components';
import { ArrowUpload20Regular } from '@fluentui/react-icons/svg/arrow-upload';
import { CheckmarkCircle16Regular } from '@fluentui/react-icons/svg/checkmark-circle';
import { DismissCircle16Regular } from '@fluentui/react-icons/svg/dismiss-circle';
import { Warning16Regular } from '@fluentui/react-icons/svg/warning';
import type { SigmaImported, SigmaResultInfo } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { ApiError, api } from '../../api/client.ts';
import { SeverityBadge } from '../../components/Badges.tsx';
import { CodeBlock } from '../../components/CodeBlock.tsx';
import { PaneSection } from '../../components/Facts.tsx';
import { FilterBar } from '../../components/FilterBar.tsx';
import { type QueueColumn, QueueGrid } from '../../components/QueueGrid.tsx';
import { KqlBlock } from '../../features/kusto-editor/KqlBlock.tsx';
import { useLiveList } from '../../lib/liveList.ts';
import { gridProps } from '../../lib/queue.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { ImportDialog } from './SigmaImportDialog.tsx';
import { SigmaUpload } from './SigmaUpload.tsx';
import { SIGMA_STATUS_LABEL, type SigmaState, severityOfLevel, sigmaQuery, sigmaSchema } from './sigma-search.ts';

type Row = SigmaResultInfo & { readonly index: number };
const rowId = (row: Row) => String(row.index);

const useStyles = makeStyles({
  status: { display: 'inline-flex', alignItems: 'center', gap: '6px', verticalAlign: 'middle' },
  good: { display: 'flex', color: tokens.colorPaletteGreenForeground1 },
  warn: { display: 'flex', color: tokens.colorPaletteMarigoldForeground1 },
  bad: { display: 'flex', color: tokens.colorPaletteRedForeground3 },
  strong: { fontWeight: tokens.fontWeightSemibold },
  bars: { padding: '0 24px 8px', display: 'flex', flexDirection: 'column', gap: '8px' },
  start: { padding: '24px', maxWidth: '760px' },
  list: { margin: 0, paddingLeft: '18px' },
});

function Status({ status }: { readonly status: Row['status'] }) {
  const styles = useStyles();
  const icon =
    status === 'translated' ? (
      <span className={styles.good}>
        <CheckmarkCircle16Regular />
      </span>
    ) : status === 'warning' ? (
      <span className={styles.warn}>
        <Warning16Regular />
      </span>
    ) : (
      <span className={styles.bad}>
        <DismissCircle16Regular />
      </span>
    );
  return (
    <span className={styles.status}>
      {icon}
      {SIGMA_STATUS_LABEL[status]}
    </span>
  );
}

function columns(strong: string): readonly QueueColumn<Row>[] {
  return [
    {
      id: 'title',
      header: 'Document',
      required: true,
      render: (row) => (
        <span className={strong} title={visibleText(row.title || row.file)}>
          {visibleText(row.title || row.file)}
        </span>
      ),
    },
    { id: 'status', header: 'Outcome', width: 150, render: (row) => <Status status={row.status} /> },
    {
      id: 'reasons',
      header: 'Why',
      width: 260,
      render: (row) => (
        <span title={visibleText(row.reasons.join('\n'))}>{visibleText(row.reasons.join('; ')) || '–'}</span>
      ),
    },
    {
      id: 'level',
      header: 'Severity',
      width: 130,
      render: (row) => (row.level ? <SeverityBadge severity={severityOfLevel(row.level)} /> : '–'),
    },
    { id: 'logSource', header: 'Log source', width: 230, render: (row) => visibleText(row.logSource) },
    { id: 'table', header: 'Table', width: 180, render: (row) => row.table || '–' },
    { id: 'file', header: 'File', width: 280, hidden: true, render: (row) => visibleText(row.file) },
    { id: 'state', header: 'State', width: 110, hidden: true, render: (row) => visibleText(row.state) || '–' },
  ];
}

/** Sigma rules: upload, see what becomes of each, import. */
export function SigmaPage() {
  const [state, setState] = useUrlState(sigmaSchema);
  return state.check ? (
    <CheckView state={state} setState={setState} />
  ) : (
    <PageShell
      title="Import Sigma rules"
      purpose="Rules of the open Sigma format, translated to KQL over your tables. The check changes nothing."
      crumbs={[{ label: 'Detection rules', to: '/detections' }]}
    >
      <SigmaUpload
        onChecked={(check) => setState({ check, status: [], search: '', page: 1, row: '' }, { push: true })}
      />
    </PageShell>
  );
}

function CheckView({
  state,
  setState,
}: {
  readonly state: SigmaState;
  readonly setState: (patch: Partial<SigmaState>, options?: { push?: boolean }) => void;
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const path = `/api/detections/sigma/checks/${encodeURIComponent(state.check)}`;
  const check = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) =>
      api.get(`/api/detections/sigma/checks/${encodeURIComponent(state.check)}`, undefined, signal),
    retry: false,
  });
  const signature = JSON.stringify(sigmaQuery(state));
  // biome-ignore lint/correctness/useExhaustiveDependencies: keyed by what the list depends on
  const query = useMemo(() => sigmaQuery(state), [signature]);
  const list = useLiveList<Row>(`${path}/results`, query, rowId);
  const [selection, setSelection] = useState<ReadonlyMap<string, Row>>(new Map());
  const [asking, setAsking] = useState<'all' | 'chosen' | undefined>();
  const [done, setDone] = useState<SigmaImported>();
  const again = () => setState({ check: '', status: [], search: '', page: 1, row: '' }, { push: true });
  const gone = check.error instanceof ApiError && check.error.status === 404;
  const chosen = [...selection.values()].filter((row) => row.importable);
  const filtered = Boolean(state.search) || state.status.length > 0;
  const reset = () => setState({ search: '', status: [], page: 1, row: '' });
  if (gone)
    return (
      <PageShell title="Import Sigma rules" crumbs={[{ label: 'Detection rules', to: '/detections' }]}>
        <EmptyState
          icon={ArrowUpload20Regular}
          title="This check is no longer there"
          reason="Only the last checks are kept, until the server restarts. Nothing was imported from it by itself."
          action={
            <Button appearance="primary" onClick={again}>
              Upload again
            </Button>
          }
        />
      </PageShell>
    );
  const facts = check.data;
  return (
    <PageShell
      title="Import Sigma rules"
      purpose={
        facts
          ? `${plural(facts.documents, 'document')}: ${formatCount(facts.translated)} translated, ${formatCount(facts.warnings)} with a warning, ${formatCount(facts.refused)} refused`
          : 'Loading the check'
      }
      crumbs={[{ label: 'Detection rules', to: '/detections' }]}
      fill
      commands={
        <>
          <Button onClick={again}>Other files</Button>
          <Button appearance="primary" disabled={!facts || facts.rules === 0} onClick={() => setAsking('all')}>
            Import {facts ? plural(facts.rules, 'rule') : 'rules'}
          </Button>
        </>
      }
      filters={
        <FilterBar
          search={{
            value: state.search,
            onChange: (search) => setState({ search, page: 1, row: '' }),
            placeholder: 'Title, file, log source or reason',
          }}
          filters={[
            {
              id: 'status',
              label: 'Outcome',
              options: (['translated', 'warning', 'refused'] as const).map((value) => ({
                value,
                label: SIGMA_STATUS_LABEL[value],
              })),
              selected: state.status,
              onChange: (values) => setState({ status: values as SigmaState['status'], page: 1, row: '' }),
            },
          ]}
          {...(filtered ? { onReset: reset } : {})}
        />
      }
    >
      {done ? (
        <div className={styles.bars}>
          <MessageBar intent={done.failed.length > 0 ? 'warning' : 'success'}>
            <MessageBarBody>
              <MessageBarTitle>
                {[
                  done.created ? `${plural(done.created, 'rule')} made` : '',
                  done.updated ? `${formatCount(done.updated)} updated` : '',
                  done.unchanged ? `${formatCount(done.unchanged)} unchanged` : '',
                  done.failed.length ? `${formatCount(done.failed.length)} not stored` : '',
                ]
                  .filter(Boolean)
                  .join(', ') || 'Nothing to import'}
              </MessageBarTitle>
              <Link to="/detections">See the rules</Link>
              {done.failed.length > 0 ? (
                <ul className={styles.list}>
                  {done.failed.slice(0, 5).map(({ id, name, problem }) => (
                    <li key={id}>{visibleText(`${name}: ${problem}`)}</li>
                  ))}
                </ul>
              ) : null}
            </MessageBarBody>
          </MessageBar>
        </div>
      ) : null}
      <QueueGrid
        label="Documents"
        preferenceKey="grid.sigma"
        columns={columns(styles.strong)}
        rowId={rowId}
        rowLabel={(row) => visibleText(row.title || row.file)}
        {...gridProps(list, state, setState)}
        selection={new Set(selection.keys())}
        onSelection={(ids) => {
          const known = new Map([...selection, ...(list.data?.items ?? []).map((row) => [rowId(row), row] as const)]);
          setSelection(new Map([...ids].flatMap((id) => (known.has(id) ? [[id, known.get(id) as Row]] : []))));
        }}
        toolbar={
          selection.size > 0 ? (
            <>
              <Text aria-live="polite">{formatCount(selection.size)} selected</Text>
              <Button size="small" disabled={chosen.length === 0} onClick={() => setAsking('chosen')}>
                Import {plural(chosen.length, 'rule')}
              </Button>
            </>
          ) : (
            <Text aria-live="polite">{list.data ? plural(list.data.total, 'document') : ''}</Text>
          )
        }
        renderPane={(row) => <Detail check={state.check} row={row} />}
        empty={
          <EmptyState
            icon={ArrowUpload20Regular}
            title={filtered ? 'No document matches these filters' : 'The check found no document'}
            action={
              filtered ? (
                <Button onClick={reset}>Show all documents</Button>
              ) : (
                <Button onClick={again}>Other files</Button>
              )
            }
          />
        }
      />
      {asking && facts ? (
        <ImportDialog
          check={facts}
          {...(asking === 'chosen' ? { chosen: chosen.map(({ id }) => id) } : {})}
          onClose={() => setAsking(undefined)}
          onDone={(outcome) => {
            setDone(outcome);
            setAsking(undefined);
            setSelection(new Map());
            void client.invalidateQueries({ queryKey: ['/api/detections'] });
          }}
        />
      ) : null}
    </PageShell>
  );
}

function Detail({ check, row }: { readonly check: string; readonly row: Row }) {
  const styles = useStyles();
  const detail = useQuery({
    queryKey: ['/api/detections/sigma/checks', check, row.index],
    queryFn: ({ signal }) =>
      api.get(
        `/api/detections/sigma/checks/${encodeURIComponent(check)}/results/${encodeURIComponent(String(row.index))}`,
        undefined,
        signal,
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <>
      <PaneSection title="Outcome">
        <Status status={row.status} />
        {row.reasons.length > 0 ? (
          <ul className={styles.list}>
            {row.reasons.map((reason) => (
              <li key={reason}>{visibleText(reason)}</li>
            ))}
          </ul>
        ) : null}
      </PaneSection>
      {detail.data?.query ? (
        <PaneSection title="Query">
          <KqlBlock query={detail.data.query} label="Translated query" />
        </PaneSection>
      ) : null}
      <PaneSection title="Sigma">
        {detail.data ? (
          <CodeBlock text={visibleText(detail.data.source) || '(the file could not be read)'} what="Sigma text" />
        ) : detail.isError ? (
          'The document could not be loaded.'
        ) : (
          'Loading'
        )}
      </PaneSection>
      <PaneSection title="File">{visibleText(row.file)}</PaneSection>
    </>
  );
}
