import { Button, Combobox, Dropdown, makeStyles, Option, Textarea, tokens } from '@fluentui/react-components';
import { Dismiss16Regular } from '@fluentui/react-icons/svg/dismiss';
import type { RuleConditionInfo } from '@parapet/schema/wire';

export const OPERATOR_LABEL: Readonly<Record<string, string>> = {
  equals: 'is',
  notEquals: 'is not',
  startsWith: 'starts with',
  endsWith: 'ends with',
  contains: 'contains',
  matches: 'matches (with *)',
  inRange: 'is in the range',
};

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '8px' },
  row: {
    display: 'grid',
    gridTemplateColumns: 'minmax(140px, 1fr) 150px minmax(180px, 2fr) 32px',
    gap: '8px',
    alignItems: 'start',
    '@media (max-width: 700px)': { gridTemplateColumns: '1fr' },
  },
  hint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
});

export const NEW_CONDITION: RuleConditionInfo = { column: '', operator: 'equals', values: [] };

/** Conditions over the columns of a result; all must hold, one value a line. */
export function ConditionRows({
  value,
  columns,
  onChange,
  add = 'Add a condition',
}: {
  readonly value: readonly RuleConditionInfo[];
  readonly columns: readonly string[];
  readonly onChange: (value: readonly RuleConditionInfo[]) => void;
  readonly add?: string;
}) {
  const styles = useStyles();
  const set = (index: number, part: Partial<RuleConditionInfo>) =>
    onChange(value.map((each, place) => (place === index ? { ...each, ...part } : each)));
  return (
    <div className={styles.stack}>
      {value.map((condition, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are told apart by their place
        <div key={index} className={styles.row}>
          <Combobox
            freeform
            style={{ minWidth: 0 }}
            aria-label={`Column of condition ${index + 1}`}
            placeholder="Column"
            value={condition.column}
            selectedOptions={[condition.column]}
            onChange={(event) => set(index, { column: event.target.value })}
            onOptionSelect={(_, data) => set(index, { column: data.optionValue ?? '' })}
          >
            {columns
              .filter(
                (column) =>
                  !condition.column ||
                  columns.includes(condition.column) ||
                  column.toLowerCase().includes(condition.column.toLowerCase()),
              )
              .slice(0, 100)
              .map((column) => (
                <Option key={column} value={column}>
                  {column}
                </Option>
              ))}
          </Combobox>
          <Dropdown
            style={{ minWidth: 0 }}
            aria-label={`Comparison of condition ${index + 1}`}
            value={OPERATOR_LABEL[condition.operator] ?? condition.operator}
            selectedOptions={[condition.operator]}
            onOptionSelect={(_, data) => set(index, { operator: data.optionValue ?? 'equals' })}
          >
            {Object.entries(OPERATOR_LABEL).map(([operator, label]) => (
              <Option key={operator} value={operator}>
                {label}
              </Option>
            ))}
          </Dropdown>
          <Textarea
            rows={1}
            resize="vertical"
            aria-label={`Values of condition ${index + 1}, one a line`}
            placeholder={condition.operator === 'inRange' ? '192.0.2.0/24' : 'One value a line'}
            value={condition.values.join('\n')}
            onChange={(_, data) => set(index, { values: data.value.split('\n') })}
          />
          <Button
            appearance="subtle"
            icon={<Dismiss16Regular />}
            aria-label={`Remove condition ${index + 1}`}
            onClick={() => onChange(value.filter((_, place) => place !== index))}
          />
        </div>
      ))}
      <div>
        <Button size="small" onClick={() => onChange([...value, NEW_CONDITION])}>
          {add}
        </Button>
      </div>
    </div>
  );
}

/** Without the empty lines that typing leaves. */
export const tidy = (conditions: readonly RuleConditionInfo[]): RuleConditionInfo[] =>
  conditions
    .map((each) => ({
      ...each,
      column: each.column.trim(),
      values: each.values.map((value) => value.trim()).filter(Boolean),
    }))
    .filter(({ column, values }) => column || values.length > 0);
