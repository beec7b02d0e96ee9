import {
  Checkbox,
  Dropdown,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  Option,
  Radio,
  RadioGroup,
} from '@fluentui/react-components';
import { type StepProps, useStepStyles } from './StepAlert.tsx';

const PERIODS: readonly (readonly [frequency: string, lookback: string, label: string])[] = [
  ['5m', '20m', 'Every 5 minutes'],
  ['15m', '1h', 'Every 15 minutes'],
  ['1h', '4h', 'Every hour'],
  ['3h', '12h', 'Every 3 hours'],
  ['12h', '48h', 'Every 12 hours'],
  ['24h', '30d', 'Every 24 hours'],
];
const OPERATORS: Readonly<Record<string, string>> = {
  greater: 'more than',
  fewer: 'fewer than',
  equal: 'exactly',
  notEqual: 'other than',
};
const GROUPINGS: Readonly<Record<string, string>> = {
  group: 'One alert for each group of rows',
  all: 'One alert for all rows of a run',
  row: 'One alert for each row, the last for the rest',
};

/** When the rule runs and what of its results becomes alerts. */
export function StepSchedule({
  draft,
  set,
  rowWise,
  isNew,
  backfill,
  onBackfill,
}: StepProps & {
  /** The query allows what a rule on arriving rows needs. */
  readonly rowWise: boolean;
  readonly isNew: boolean;
  readonly backfill: boolean;
  readonly onBackfill: (backfill: boolean) => void;
}) {
  const styles = useStepStyles();
  const how = draft.kind === 'scheduled' ? (draft.trigger === 'clock' ? 'clock' : 'arrival') : draft.kind;
  const onClock = how === 'clock' || how === 'nearRealTime';
  const period = PERIODS.find(([frequency]) => frequency === draft.frequency);
  return (
    <div className={styles.stack}>
      <Field label="Runs">
        <RadioGroup
          value={how}
          onChange={(_, data) =>
            set(
              data.value === 'clock' || data.value === 'arrival'
                ? { kind: 'scheduled', trigger: data.value }
                : { kind: data.value, trigger: 'clock' },
            )
          }
        >
          <Radio value="continuous" disabled={!rowWise} label="On arriving rows, within seconds" />
          <Radio value="nearRealTime" label="Every minute, over what arrived since the last look" />
          <Radio value="clock" label="On a schedule" />
          {how === 'arrival' ? <Radio value="arrival" label="When rows of its tables have arrived" /> : null}
        </RadioGroup>
      </Field>
      {rowWise ? null : (
        <MessageBar intent="info">
          <MessageBarBody>
            Rules on arriving rows read one table with where, extend, project and parse only; this query does more.
          </MessageBarBody>
        </MessageBar>
      )}
      {how === 'clock' || how === 'arrival' ? (
        <div className={styles.pair}>
          <Field label="Period">
            <Dropdown
              value={period?.[2] ?? 'Custom'}
              selectedOptions={[period ? draft.frequency : 'custom']}
              onOptionSelect={(_, data) => {
                const chosen = PERIODS.find(([frequency]) => frequency === data.optionValue);
                if (chosen) set({ frequency: chosen[0], lookback: chosen[1] });
                else set({ frequency: '30m', lookback: '2h' });
              }}
            >
              {PERIODS.map(([frequency, , label]) => (
                <Option key={frequency} value={frequency}>
                  {label}
                </Option>
              ))}
              <Option value="custom">Custom</Option>
            </Dropdown>
          </Field>
          <Field label="Every" hint="5m to 14d">
            <Input value={draft.frequency} onChange={(_, data) => set({ frequency: data.value })} />
          </Field>
          <Field label="Looks back over" hint="Not less than the period, at most 30d">
            <Input value={draft.lookback} onChange={(_, data) => set({ lookback: data.value })} />
          </Field>
          {how === 'clock' ? (
            <Field label="Counted by">
              <Dropdown
                value={draft.window === 'event' ? 'Time of the event' : 'Time of arrival'}
                selectedOptions={[draft.window]}
                onOptionSelect={(_, data) => set({ window: data.optionValue ?? 'ingestion' })}
              >
                <Option value="ingestion">Time of arrival</Option>
                <Option value="event">Time of the event</Option>
              </Dropdown>
            </Field>
          ) : null}
        </div>
      ) : null}
      <Field label="Alerts">
        <Dropdown
          value={GROUPINGS[draft.eventGrouping] ?? draft.eventGrouping}
          selectedOptions={[draft.eventGrouping]}
          onOptionSelect={(_, data) => set({ eventGrouping: data.optionValue ?? 'group' })}
        >
          {Object.entries(GROUPINGS).map(([value, label]) => (
            <Option key={value} value={value}>
              {label}
            </Option>
          ))}
        </Dropdown>
      </Field>
      {onClock ? (
        <>
          <Checkbox
            label="Only when the number of results of a run is"
            checked={draft.threshold.on}
            onChange={(_, data) => set({ threshold: { ...draft.threshold, on: data.checked === true } })}
          />
          {draft.threshold.on ? (
            <div className={styles.row}>
              <Dropdown
                aria-label="Comparison with the threshold"
                style={{ minWidth: 140 }}
                value={OPERATORS[draft.threshold.operator] ?? ''}
                selectedOptions={[draft.threshold.operator]}
                onOptionSelect={(_, data) =>
                  set({ threshold: { ...draft.threshold, operator: data.optionValue ?? 'greater' } })
                }
              >
                {Object.entries(OPERATORS).map(([value, label]) => (
                  <Option key={value} value={value}>
                    {label}
                  </Option>
                ))}
              </Dropdown>
              <Input
                aria-label="Threshold"
                inputMode="numeric"
                style={{ width: 100 }}
                value={draft.threshold.count}
                onChange={(_, data) => set({ threshold: { ...draft.threshold, count: data.value } })}
              />
            </div>
          ) : null}
          <Field label="After an alert, no runs for" hint="Such as 2h, at most 24h; empty for no pause.">
            <Input
              value={draft.suppressFor}
              style={{ maxWidth: 160 }}
              onChange={(_, data) => set({ suppressFor: data.value })}
            />
          </Field>
        </>
      ) : null}
      <Checkbox
        label="Shadow: run and count, alert nobody"
        checked={draft.shadow}
        onChange={(_, data) => set({ shadow: data.checked === true })}
      />
      {isNew ? (
        <Checkbox
          label="Also look at the last 30 days once; alerts from there are marked"
          checked={backfill}
          onChange={(_, data) => onBackfill(data.checked === true)}
        />
      ) : null}
      <Checkbox
        label="Switched on"
        checked={draft.enabled}
        onChange={(_, data) => set({ enabled: data.checked === true })}
      />
    </div>
  );
}
