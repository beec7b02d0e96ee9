import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { ShieldGlobe20Regular } from '@fluentui/react-icons/svg/shield-globe';
import { INTEL_KINDS, INTEL_STATES, type IntelIndicator, type IntelSummary } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Facts, PaneSection } from '../../components/Facts.tsx';
import { FilterBar } from '../../components/FilterBar.tsx';
import { Mono } from '../../components/Mono.tsx';
import { notify } from '../../components/Notifier.tsx';
import { type QueueColumn, QueueGrid } from '../../components/QueueGrid.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { HuntLink } from '../../features/hunt-link/index.ts';
import { useLiveList } from '../../lib/liveList.ts';
import { gridProps } from '../../lib/queue.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { ImportIndicators } from './ImportIndicators.tsx';
import { IndicatorDialog } from './IndicatorDialog.tsx';
import { type IntelState, intelQuery, KIND_LABEL, STATE_LABEL } from './search.ts';

const rowId = (row: IntelIndicator) => `${row.source}|${row.id}`;
const useStyles = makeStyles({
  soft: { color: tokens.colorNeutralForeground3 },
  filters: { display: 'flex', flexDirection: 'column', gap: '6px' },
  commands: { display: 'flex', gap: '8px', flexWrap: 'wrap' },
});

function columns(soft: string): readonly QueueColumn<IntelIndicator>[] {
  return [
    {
      id: 'value',
      header: 'Value',
      sortable: true,
      required: true,
      render: (row) => <Mono>{visibleText(row.value)}</Mono>,
    },
    { id: 'kind', header: 'Kind', width: 116, sortable: true, render: (row) => KIND_LABEL[row.kind] },
    { id: 'source', header: 'Source', width: 150, sortable: true, render: (row) => visibleText(row.source) },
    {
      id: 'confidence',
      header: 'Confidence',
      width: 110,
      align: 'end',
      sortable: true,
      render: (row) => row.confidence,
    },
    { id: 'name', header: 'Name', width: 200, render: (row) => visibleText(row.name) || '–' },
    {
      id: 'state',
      header: 'State',
      width: 100,
      render: (row) =>
        row.state === 'active' ? STATE_LABEL.active : <span className={soft}>{STATE_LABEL[row.state]}</span>,
    },
    {
      id: 'validUntil',
      header: 'Valid until',
      width: 150,
      sortable: true,
      render: (row) => <TimeText value={row.validUntil} />,
    },
    { id: 'tags', header: 'Tags', width: 180, hidden: true, render: (row) => visibleText(row.tags.join(', ')) || '–' },
    {
      id: 'modified',
      header: 'Changed',
      width: 150,
      sortable: true,
      hidden: true,
      render: (row) => <TimeText value={row.modified} />,
    },
  ];
}

/** The list of indicators, and what can be done with them. */
export function IndicatorsTab({
  state,
  setState,
  purpose,
  tabs,
  summary,
}: {
  readonly state: IntelState;
  readonly setState: (patch: Partial<IntelState>, options?: { push?: boolean }) => void;
  readonly purpose: string;
  readonly tabs: ReactNode;
  readonly summary?: IntelSummary;
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const canManage = useCan('DetTune.Manage');
  const signature = JSON.stringify(intelQuery(state));
  // biome-ignore lint/correctness/useExhaustiveDependencies: keyed by what the list depends on
  const query = useMemo(() => intelQuery(state), [signature]);
  const list = useLiveList<IntelIndicator>('/api/intel/indicators', query, rowId);
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<'add' | 'import' | IntelIndicator | undefined>();
  const [removing, setRemoving] = useState(false);
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ['/api/intel/summary'] });
    list.refresh();
  };
  const chosen = (list.data?.items ?? []).filter((row) => selection.has(rowId(row)));
  const parts = chosen.map(({ source, id }) => ({ source, id }));
  const expire = async () => {
    const before = chosen;
    try {
      await api.post('/api/intel/indicators/change', { indicators: parts, validUntil: new Date().toISOString() });
      setSelection(new Set());
      refresh();
      notify.undoable(`${plural(before.length, 'indicator')} ended`, () => {
        const back = async () => {
          for (const { source, id, validUntil } of before)
            await api.post('/api/intel/indicators/change', { indicators: [{ source, id }], validUntil });
          refresh();
        };
        back().catch((error: unknown) => notify.failure('It could not be undone', error));
      });
    } catch (error) {
      notify.failure('The indicators were not changed', error);
    }
  };
  const remove = async () => {
    await api.post('/api/intel/indicators/remove', { indicators: parts });
    setSelection(new Set());
    refresh();
  };
  const filtered =
    Boolean(state.search) || state.kind.length > 0 || state.source.length > 0 || state.state.join() !== 'active';
  const reset = () => setState({ search: '', kind: [], source: [], state: ['active'], page: 1, row: '' });
  return (
    <PageShell
      title="Threat intelligence"
      purpose={purpose}
      fill
      commands={
        canManage ? (
          <div className={styles.commands}>
            <Button onClick={() => setDialog('import')}>Import</Button>
            <Button appearance="primary" onClick={() => setDialog('add')}>
              Add an indicator
            </Button>
          </div>
        ) : undefined
      }
      filters={
        <div className={styles.filters}>
          {tabs}
          <FilterBar
            search={{
              value: state.search,
              onChange: (search) => setState({ search, page: 1, row: '' }),
              placeholder: 'Value, name or tag',
            }}
            filters={[
              {
                id: 'kind',
                label: 'Kind',
                options: INTEL_KINDS.map((value) => ({ value, label: KIND_LABEL[value] })),
                selected: state.kind,
                onChange: (values) => setState({ kind: values as IntelState['kind'], page: 1, row: '' }),
              },
              {
                id: 'source',
                label: 'Source',
                options: (summary?.bySource ?? []).map(({ source, active }) => ({
                  value: source,
                  label: `${source} (${formatCount(active)})`,
                })),
                selected: state.source,
                onChange: (source) => setState({ source, page: 1, row: '' }),
              },
              {
                id: 'state',
                label: 'State',
                options: INTEL_STATES.map((value) => ({ value, label: STATE_LABEL[value] })),
                selected: state.state,
                onChange: (values) => setState({ state: values as IntelState['state'], page: 1, row: '' }),
              },
            ]}
            {...(filtered ? { onReset: reset } : {})}
          />
        </div>
      }
    >
      <QueueGrid
        label="Indicators"
        preferenceKey="grid.intel"
        columns={columns(styles.soft)}
        rowId={rowId}
        rowLabel={(row) => visibleText(row.value)}
        {...gridProps(list, state, setState)}
        {...(canManage ? { selection, onSelection: setSelection } : {})}
        toolbar={
          chosen.length > 0 ? (
            <>
              <Text aria-live="polite">{formatCount(chosen.length)} selected</Text>
              <Button size="small" onClick={() => void expire()}>
                End now
              </Button>
              <Button size="small" onClick={() => setRemoving(true)}>
                Remove
              </Button>
            </>
          ) : (
            <Text aria-live="polite">{list.data ? plural(list.data.total, 'indicator') : ''}</Text>
          )
        }
        renderPane={(row) => (
          <>
            <Facts
              rows={[
                { label: 'Kind', value: KIND_LABEL[row.kind] },
                { label: 'State', value: STATE_LABEL[row.state] },
                { label: 'Confidence', value: String(row.confidence) },
                { label: 'Source', value: visibleText(row.source) },
                { label: 'Name', value: visibleText(row.name) || '–' },
                { label: 'Tags', value: visibleText(row.tags.join(', ')) || '–' },
                { label: 'Valid from', value: <TimeText value={row.validFrom} /> },
                { label: 'Valid until', value: <TimeText value={row.validUntil} /> },
                { label: 'Changed', value: <TimeText value={row.modified} /> },
                { label: 'By', value: visibleText(row.addedBy) },
                { label: 'Id', value: <Mono>{visibleText(row.id)}</Mono> },
              ]}
            />
            {row.description ? <PaneSection title="Description">{visibleText(row.description)}</PaneSection> : null}
            <PaneSection title="Seen here">
              <HuntLink
                query={`ThreatIntelMatches\n| where ObservableValue == ${JSON.stringify(row.value)}\n| sort by Timestamp desc`}
                label={`Hunt for matches of ${visibleText(row.value)}`}
              >
                Hunt for its matches
              </HuntLink>
            </PaneSection>
          </>
        )}
        paneFooter={(row) => (canManage ? <Button onClick={() => setDialog(row)}>Edit</Button> : null)}
        empty={
          filtered ? (
            <EmptyState
              icon={ShieldGlobe20Regular}
              title="No indicator matches these filters"
              action={<Button onClick={reset}>Show active indicators</Button>}
            />
          ) : (
            <EmptyState
              icon={ShieldGlobe20Regular}
              title="No indicators yet"
              reason="Import a STIX bundle or a list, connect a TAXII feed, or add single values."
              action={canManage ? <Button onClick={() => setDialog('import')}>Import</Button> : undefined}
            />
          )
        }
      />
      <ConfirmDialog
        open={removing}
        onClose={() => setRemoving(false)}
        title={`Remove ${plural(chosen.length, 'indicator')}?`}
        action="Remove"
        failure="The indicators were not removed"
        onConfirm={remove}
      >
        They stop matching at once. A feed that still lists them brings them back; end them or allow the value instead.
      </ConfirmDialog>
      {dialog === 'import' ? <ImportIndicators onClose={() => setDialog(undefined)} onDone={refresh} /> : null}
      {dialog === 'add' ? <IndicatorDialog onClose={() => setDialog(undefined)} onDone={refresh} /> : null}
      {typeof dialog === 'object' ? (
        <IndicatorDialog indicator={dialog} onClose={() => setDialog(undefined)} onDone={refresh} />
      ) : null}
    </PageShell>
  );
}
