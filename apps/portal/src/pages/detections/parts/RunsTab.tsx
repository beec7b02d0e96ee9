import { Badge, Text } from '@fluentui/react-components';
import { History20Regular } from '@fluentui/react-icons/svg/history';
import type { DetectionInfo, DetectionRun } from '@parapet/schema/wire';
import { useState } from 'react';
import { Loaded } from '../../../components/Loaded.tsx';
import { Pager } from '../../../components/Pager.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';
import { duration, formatCount } from '../../../lib/time.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { useRuns } from '../data.ts';
import { ERROR_TEXT, engineTime, RUN_LABEL, RUN_STATE } from '../words.ts';

function State({ run }: { readonly run: DetectionRun }) {
  const color =
    run.state === 'failed'
      ? 'danger'
      : run.state === 'partiallyFailed'
        ? 'warning'
        : run.state === 'skipped'
          ? 'subtle'
          : 'success';
  return (
    <Badge
      appearance="tint"
      color={color}
      title={run.errorCode ? (ERROR_TEXT[run.errorCode] ?? run.errorCode) : undefined}
    >
      {RUN_STATE[run.state]}
    </Badge>
  );
}

/** Runs of a rule, newest first: what each looked at, what it found and took, and where it was late. */
export function RunsTab({ rule }: { readonly rule: DetectionInfo }) {
  const [page, setPage] = useState(1);
  const runs = useRuns(rule.id, page);
  return (
    <Loaded query={runs} what="The run history">
      {(data) =>
        data.total === 0 ? (
          <EmptyState
            icon={History20Regular}
            title="No run to show"
            reason={
              rule.kind === 'continuous'
                ? 'Runs that find nothing are only counted; the first one that finds rows stands here.'
                : 'The rule has not run yet.'
            }
          />
        ) : (
          <>
            <SimpleTable<DetectionRun>
              label="Run history"
              rows={data.items}
              rowKey={(run) => `${run.startedAt}${run.kind}${run.windowFrom}`}
              columns={[
                {
                  id: 'startedAt',
                  header: 'Started',
                  nowrap: true,
                  render: (run) => <TimeText value={run.startedAt} />,
                },
                { id: 'kind', header: 'Run', nowrap: true, render: (run) => RUN_LABEL[run.kind] },
                { id: 'state', header: 'State', nowrap: true, render: (run) => <State run={run} /> },
                {
                  id: 'window',
                  header: 'Window',
                  nowrap: true,
                  render: (run) =>
                    run.windowFrom && run.windowTo ? (
                      <>
                        <TimeText value={run.windowFrom} /> – <TimeText value={run.windowTo} />
                      </>
                    ) : (
                      'New rows'
                    ),
                },
                { id: 'took', header: 'Took', align: 'end', render: (run) => duration(run.durationMs) },
                { id: 'rows', header: 'Results', align: 'end', render: (run) => formatCount(run.rows) },
                { id: 'alerts', header: 'Alerts', align: 'end', render: (run) => formatCount(run.alerts) },
                {
                  id: 'hidden',
                  header: 'Hidden',
                  align: 'end',
                  render: (run) => (run.hidden ? formatCount(run.hidden) : '–'),
                },
                { id: 'rowsRead', header: 'Rows read', align: 'end', render: (run) => formatCount(run.rowsRead) },
                { id: 'engine', header: 'Engine', align: 'end', render: (run) => engineTime(run.engineMs) },
                {
                  id: 'note',
                  header: 'Note',
                  minWidth: 200,
                  render: (run) => (
                    <Text size={200}>
                      {[run.errorCode ? (ERROR_TEXT[run.errorCode] ?? run.errorCode) : '', visibleText(run.note)]
                        .filter(Boolean)
                        .join(' ')}
                    </Text>
                  ),
                },
              ]}
            />
            {data.total > data.pageSize ? (
              <Pager page={page} pageSize={data.pageSize} total={data.total} onPage={setPage} />
            ) : null}
          </>
        )
      }
    </Loaded>
  );
}
