import { MessageBar, MessageBarBody, MessageBarTitle, makeStyles, Text, tokens } from '@fluentui/react-components';
import { ShieldCheckmark24Regular } from '@fluentui/react-icons/svg/shield-checkmark';
import type { StoreRestart, StoreStatus } from '@parapet/schema/wire';
import type { ReactNode } from 'react';

import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { formatBytes } from '../../lib/bytes.ts';
import { visibleText } from '../../lib/text.ts';
import { duration, formatCount, plural } from '../../lib/time.ts';
import { useNow } from '../../lib/useNow.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { formatRatio } from './format.ts';
import { PageSection } from './PageSection.tsx';

const useStyles = makeStyles({
  facts: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(124px, 1fr))',
    gap: '12px',
    margin: 0,
    padding: '14px 16px',
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  term: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  value: {
    margin: 0,
    fontSize: tokens.fontSizeBase500,
    fontWeight: tokens.fontWeightSemibold,
    fontVariantNumeric: 'tabular-nums',
  },
  note: { color: tokens.colorNeutralForeground3 },
  bar: { marginBottom: '12px' },
});

/** Less than this part of the disk is worth a warning: merges and rewrites need room too. */
const LOW_DISK = 0.1;

function Fact({
  label,
  value,
  note,
}: {
  readonly label: string;
  readonly value: ReactNode;
  readonly note?: ReactNode;
}) {
  const styles = useStyles();
  return (
    <div>
      <dt className={styles.term}>{label}</dt>
      <dd className={styles.value}>
        {value}
        {note ? (
          <Text block size={200} className={styles.note}>
            {note}
          </Text>
        ) : null}
      </dd>
    </div>
  );
}

/** The figures above every tab. */
export function EngineFacts({ status }: { readonly status: StoreStatus }) {
  const styles = useStyles();
  const now = useNow();
  const { diskFreeBytes: free, diskTotalBytes: total } = status;
  return (
    <>
      {status.ok ? null : (
        <MessageBar intent="error" className={styles.bar}>
          <MessageBarBody>
            <MessageBarTitle>The telemetry engine does not answer</MessageBarTitle>
            It is being started again. Events that arrive are kept in the disk buffer; queries work again when it is
            back.
          </MessageBarBody>
        </MessageBar>
      )}
      {free !== null && total !== null && free < total * LOW_DISK ? (
        <MessageBar intent="warning" className={styles.bar}>
          <MessageBarBody>
            <MessageBarTitle>The disk is almost full</MessageBarTitle>
            {formatBytes(free)} of {formatBytes(total)} are free. Give tables a retention, or move the data folder.
          </MessageBarBody>
        </MessageBar>
      ) : null}
      <dl className={styles.facts}>
        <Fact
          label="Engine"
          value={status.ok ? 'Running' : 'Down'}
          note={`ClickHouse ${visibleText(status.version)}, ${status.kind}`}
        />
        <Fact
          label="Up for"
          value={status.startedAt ? duration(Math.max(0, now - Date.parse(status.startedAt))) : '–'}
          note={`${status.restarts.length === 0 ? 'no restarts' : plural(status.restarts.length, 'restart')} on record`}
        />
        <Fact
          label="Memory"
          value={formatBytes(status.memoryBytes)}
          note={status.memoryLimitBytes ? `of ${formatBytes(status.memoryLimitBytes)}` : undefined}
        />
        <Fact label="Disk free" value={formatBytes(free)} note={total ? `of ${formatBytes(total)}` : undefined} />
        <Fact label="Rows" value={formatCount(status.rows)} note={`in ${formatCount(status.parts)} parts`} />
        <Fact
          label="Stored"
          value={formatBytes(status.bytes)}
          note={`${formatRatio(status.plainBytes, status.bytes)}, ${plural(status.merges, 'merge')} at work`}
        />
      </dl>
    </>
  );
}

/** Restarts with their reasons, and what the engine can do with old rows. */
export function EngineTab({ status }: { readonly status: StoreStatus }) {
  return (
    <>
      <PageSection title="Restarts">
        {status.restarts.length === 0 ? (
          <EmptyState
            icon={ShieldCheckmark24Regular}
            title="The engine has not died"
            reason="When it does it is started again, and the time and reason are noted here."
          />
        ) : (
          <SimpleTable<StoreRestart>
            label="Restarts"
            rows={status.restarts}
            rowKey={(row) => row.id}
            columns={[
              { id: 'at', header: 'When', nowrap: true, render: (row) => <TimeText value={row.at} mode="absolute" /> },
              { id: 'reason', header: 'Reason', minWidth: 260, render: (row) => visibleText(row.reason) },
              {
                id: 'back',
                header: 'Back after',
                align: 'end',
                render: (row) => (row.backAfterMs === null ? 'Not back' : duration(row.backAfterMs)),
              },
              {
                id: 'cut',
                header: 'Calls cut off',
                align: 'end',
                render: (row) => formatCount(row.interrupted),
              },
            ]}
          />
        )}
      </PageSection>
      <PageSection title="Tiers">
        <SimpleTable<StoreStatus['tiers'][number]>
          label="Tiers"
          rows={status.tiers}
          rowKey={(row) => row.name}
          columns={[
            { id: 'name', header: 'Tier', nowrap: true, render: (row) => <strong>{row.name}</strong> },
            { id: 'there', header: 'Available', nowrap: true, render: (row) => (row.available ? 'Yes' : 'No') },
            { id: 'detail', header: 'What it means', minWidth: 260, render: (row) => row.detail },
          ]}
        />
      </PageSection>
    </>
  );
}
