import {
  Button,
  Dropdown,
  Field,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Option,
  Spinner,
  Tab,
  TabList,
  Text,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import type { DetectionPreview, PreviewAlertInfo } from '@parapet/schema/wire';
import { useEffect, useRef, useState } from 'react';
import { SeverityBadge, Tag } from '../../../components/Badges.tsx';
import { Chart } from '../../../components/charts/Chart.tsx';
import { Facts } from '../../../components/Facts.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';
import { formatCount, plural } from '../../../lib/time.ts';
import { Failure } from '../../watchlists/parts/Failure.tsx';
import { type Definition, previewRule } from '../data.ts';
import { engineTime } from '../words.ts';
import { parseEvents } from './events.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '14px', maxWidth: '1100px' },
  row: { display: 'flex', gap: '10px', alignItems: 'flex-end', flexWrap: 'wrap' },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  charts: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(320px, 1fr))', gap: '18px' },
});

/** Try the rule before it exists: on stored rows, and on events that are pasted. */
export function StepTest({
  definition,
  ruleId,
  tables,
}: {
  readonly definition: Definition;
  readonly ruleId: string | undefined;
  readonly tables: readonly string[];
}) {
  const styles = useStyles();
  const [how, setHow] = useState<'stored' | 'pasted'>('stored');
  const [days, setDays] = useState('30');
  const [table, setTable] = useState('');
  const [events, setEvents] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [result, setResult] = useState<{
    readonly preview: DetectionPreview;
    readonly of: Definition;
    readonly how: 'stored' | 'pasted';
  }>();
  const abort = useRef<AbortController>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const into = table || tables[0] || '';
  const run = async () => {
    abort.current?.abort();
    const mine = new AbortController();
    abort.current = mine;
    setBusy(true);
    setFailure(undefined);
    try {
      const base = { definition, ...(ruleId ? { ruleId } : {}) };
      const body = how === 'stored' ? { ...base, days: Number(days) } : { ...base, events: parseEvents(events, into) };
      setResult({ preview: await previewRule(body, mine.signal), of: definition, how });
    } catch (error) {
      if (!mine.signal.aborted) setFailure(error);
    } finally {
      if (abort.current === mine) setBusy(false);
    }
  };
  return (
    <div className={styles.stack}>
      <TabList selectedValue={how} size="small" onTabSelect={(_, data) => setHow(data.value as 'stored' | 'pasted')}>
        <Tab value="stored">On stored rows</Tab>
        <Tab value="pasted">On pasted events</Tab>
      </TabList>
      {how === 'stored' ? (
        <div className={styles.row}>
          <Field label="Over">
            <Dropdown
              value={`The last ${days === '1' ? '24 hours' : `${days} days`}`}
              selectedOptions={[days]}
              onOptionSelect={(_, data) => setDays(data.optionValue ?? '30')}
            >
              {['1', '7', '14', '30', '90'].map((each) => (
                <Option key={each} value={each}>
                  {`The last ${each === '1' ? '24 hours' : `${each} days`}`}
                </Option>
              ))}
            </Dropdown>
          </Field>
          <Button appearance="primary" disabled={busy} onClick={() => void run()}>
            Try it
          </Button>
          {busy ? <Spinner size="tiny" label="Looking at stored rows" /> : null}
        </div>
      ) : (
        <>
          <div className={styles.row}>
            <Field label="Rows of">
              <Dropdown
                value={into}
                selectedOptions={[into]}
                onOptionSelect={(_, data) => setTable(data.optionValue ?? '')}
              >
                {tables.map((each) => (
                  <Option key={each} value={each}>
                    {each}
                  </Option>
                ))}
              </Dropdown>
            </Field>
            <Button appearance="primary" disabled={busy || !events.trim() || !into} onClick={() => void run()}>
              Try it
            </Button>
            {busy ? <Spinner size="tiny" label="Trying" /> : null}
          </div>
          <Field
            label="Events"
            hint="JSON: one object, a list, one object a line, or tables with their rows. Time, identity and device are filled in when they are missing. Nothing is stored."
          >
            <Textarea
              rows={8}
              resize="vertical"
              textarea={{ className: styles.mono, spellCheck: false }}
              value={events}
              placeholder='{ "FileName": "wbadmin.exe", "ProcessCommandLine": "wbadmin delete catalog" }'
              onChange={(_, data) => setEvents(data.value)}
            />
          </Field>
        </>
      )}
      <Failure title="It could not be tried" error={failure} />
      {result ? (
        <>
          {result.of !== definition ? (
            <MessageBar intent="info">
              <MessageBarBody>The rule was changed since; what follows is of before.</MessageBarBody>
            </MessageBar>
          ) : null}
          <Result preview={result.preview} />
        </>
      ) : null}
    </div>
  );
}

function Result({ preview }: { readonly preview: DetectionPreview }) {
  const styles = useStyles();
  const { perDay, byDay = [], simulation = [], threshold = null } = preview;
  return (
    <>
      <Facts
        rows={[
          {
            label: 'Results',
            value: `${formatCount(preview.rows)}${preview.truncated ? ' and more; a run reads no more than that' : ''}`,
          },
          { label: 'Alerts', value: preview.alertCount === 0 ? 'None' : plural(preview.alertCount, 'alert') },
          {
            label: 'Took',
            value: `${engineTime(preview.cost.engineMs)}, ${formatCount(preview.cost.rowsRead)} rows read`,
          },
          perDay && {
            label: 'A day',
            value: `${perDay.runs === null ? 'on arrival' : `${formatCount(perDay.runs)} runs`}, about ${formatCount(perDay.rowsRead)} rows, ${engineTime(perDay.engineMs)} of the engine, ${perDay.alerts} alerts`,
          },
        ]}
      />
      <div className={styles.charts}>
        {byDay.length > 1 ? (
          <Chart
            label="Results a day"
            data={{
              kind: 'column',
              categories: byDay.map(({ day }) => day),
              series: [
                { name: 'Results', values: byDay.map(({ rows }) => rows) },
                { name: 'Alerts', values: byDay.map(({ alerts }) => alerts) },
              ],
            }}
            height={220}
          />
        ) : null}
        {simulation.length > 1 ? (
          <Chart
            label={`Results of the last ${simulation.length} runs it would have made`}
            data={{
              kind: 'line',
              time: true,
              categories: simulation.map(({ at }) => at),
              series: [
                { name: 'Results of the run', values: simulation.map(({ rows }) => rows) },
                ...(threshold === null ? [] : [{ name: 'Threshold', values: simulation.map(() => threshold) }]),
              ],
            }}
            height={220}
          />
        ) : null}
      </div>
      {simulation.length > 1 ? (
        <Text size={200}>
          {`${simulation.filter(({ alerts }) => alerts).length} of ${simulation.length} runs would have alerted, before events that were alerted on already are left out.`}
        </Text>
      ) : null}
      {preview.alerts.length > 0 ? (
        <SimpleTable<PreviewAlertInfo>
          label="Alerts it would raise"
          rows={preview.alerts}
          rowKey={(alert) =>
            `${alert.title}${alert.firstActivity}${alert.events}${alert.entities.map(({ label }) => label).join()}`
          }
          columns={[
            { id: 'title', header: 'Alert', minWidth: 200, render: (alert) => visibleText(alert.title) },
            {
              id: 'severity',
              header: 'Severity',
              nowrap: true,
              render: (alert) => <SeverityBadge severity={alert.severity} />,
            },
            {
              id: 'first',
              header: 'First activity',
              nowrap: true,
              render: (alert) => <TimeText value={alert.firstActivity} />,
            },
            { id: 'events', header: 'Events', align: 'end', render: (alert) => formatCount(alert.events) },
            {
              id: 'entities',
              header: 'Entities',
              minWidth: 220,
              render: (alert) => (
                <span style={{ display: 'inline-flex', gap: 4, flexWrap: 'wrap' }}>
                  {alert.entities.slice(0, 6).map(({ type, label }) => (
                    <Tag key={`${type}${label}`} title={type}>
                      {visibleText(label)}
                    </Tag>
                  ))}
                </span>
              ),
            },
          ]}
        />
      ) : (
        <MessageBar intent="info">
          <MessageBarBody>It would have raised no alert.</MessageBarBody>
        </MessageBar>
      )}
    </>
  );
}
