import { Button, Combobox, Input, makeStyles, Option, Select, tokens } from '@fluentui/react-components';
import { Dismiss12Regular } from '@fluentui/react-icons/svg/dismiss';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api } from '../../../api/client.ts';
import { middle, visibleText } from '../../../lib/text.ts';
import type { Filter } from './filters.ts';
import type { Condition } from './model.ts';

const useStyles = makeStyles({
  values: { display: 'flex', flexWrap: 'wrap', gap: '4px', alignItems: 'center' },
  pill: { borderRadius: tokens.borderRadiusCircular, fontWeight: tokens.fontWeightRegular, minWidth: 0 },
  input: { minWidth: '180px' },
});

/** A paste of more values than this is cut: nobody reads them any more. */
const MOST_VALUES = 200;
const SHOWN_OPTIONS = 60;

export interface ConditionValueProps {
  readonly filter: Filter;
  readonly condition: Condition;
  readonly onChange: (values: readonly string[]) => void;
}

/** Where the values of a condition are given: several, each ended by Enter, where that means something. */
export function ConditionValue({ filter, condition, onChange }: ConditionValueProps) {
  const styles = useStyles();
  const { values, operator } = condition;
  if (filter.kind === 'bool')
    return (
      <Select
        size="small"
        aria-label={`Value of ${filter.label}`}
        value={values[0] ?? ''}
        onChange={(_, data) => onChange([data.value])}
      >
        <option value="">Choose…</option>
        <option value="true">true</option>
        <option value="false">false</option>
      </Select>
    );
  if (operator === 'between' || operator === 'greater' || operator === 'less') {
    const count = operator === 'between' ? 2 : 1;
    return (
      <div className={styles.values}>
        {Array.from({ length: count }, (_, index) => (
          <Input
            // biome-ignore lint/suspicious/noArrayIndexKey: the two ends are told apart by their place
            key={index}
            size="small"
            type={filter.kind === 'datetime' ? 'datetime-local' : 'number'}
            aria-label={`${count === 2 ? (index === 0 ? 'From' : 'To') : 'Value of'} ${filter.label}${filter.kind === 'datetime' ? ' in UTC' : ''}`}
            value={values[index] ?? ''}
            onChange={(_, data) => {
              const next = Array.from({ length: count }, (__, at) => (at === index ? data.value : (values[at] ?? '')));
              onChange(next.every((each) => each === '') ? [] : next);
            }}
          />
        ))}
      </div>
    );
  }
  return <ManyValues filter={filter} values={values} onChange={onChange} />;
}

function ManyValues({
  filter,
  values,
  onChange,
}: {
  readonly filter: Filter;
  readonly values: readonly string[];
  readonly onChange: (values: readonly string[]) => void;
}) {
  const styles = useStyles();
  const listId = useId();
  const [text, setText] = useState('');
  const wanted = text.trim();
  const suggestions = useQuery({
    queryKey: ['search', 'guided', filter.suggest, wanted],
    queryFn: async ({ signal }) =>
      (await api.get('/api/search', { q: `type:${filter.suggest} ${wanted}`, limit: 20 }, signal)).groups.flatMap(
        ({ items }) => items.map(({ label }) => label),
      ),
    enabled: Boolean(filter.suggest) && wanted.length >= 2 && !/[":*?-]/.test(wanted),
    staleTime: 60_000,
  });
  const add = (more: readonly string[]) => {
    const next = [...new Set([...values, ...more.map((each) => each.trim()).filter(Boolean)])].slice(0, MOST_VALUES);
    if (next.length !== values.length) onChange(next);
    setText('');
  };
  const options = (filter.values ?? []).filter((value) => value.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <div className={styles.values}>
      {values.map((value) => (
        <Button
          key={value}
          size="small"
          className={styles.pill}
          icon={<Dismiss12Regular />}
          iconPosition="after"
          aria-label={`Remove ${visibleText(value)}`}
          onClick={() => onChange(values.filter((each) => each !== value))}
        >
          {visibleText(middle(value, 44))}
        </Button>
      ))}
      {filter.kind === 'list' ? (
        <Combobox
          size="small"
          className={styles.input}
          multiselect
          aria-label={`Values of ${filter.label}`}
          placeholder="Choose values"
          selectedOptions={[...values]}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onOptionSelect={(_, data) => {
            setText('');
            onChange(data.selectedOptions);
          }}
        >
          {options.slice(0, SHOWN_OPTIONS).map((value) => (
            <Option key={value} value={value}>
              {value}
            </Option>
          ))}
          {options.length > SHOWN_OPTIONS ? (
            <Option disabled value="" text="more">
              {`${options.length - SHOWN_OPTIONS} more: type to find them`}
            </Option>
          ) : null}
        </Combobox>
      ) : (
        <>
          <Input
            size="small"
            className={styles.input}
            type={filter.kind === 'number' ? 'number' : 'text'}
            aria-label={`Add a value of ${filter.label}`}
            placeholder="Value, then Enter"
            list={filter.suggest ? listId : undefined}
            value={text}
            maxLength={4_000}
            onChange={(_, data) => setText(data.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && wanted) {
                event.preventDefault();
                add([text]);
              } else if (event.key === 'Backspace' && text === '' && values.length > 0) onChange(values.slice(0, -1));
            }}
            onPaste={(event) => {
              const lines = event.clipboardData
                .getData('text')
                .split(/\r?\n/)
                .filter((line) => line.trim());
              if (lines.length < 2) return;
              event.preventDefault();
              add(lines);
            }}
            onBlur={() => wanted && add([text])}
          />
          {filter.suggest ? (
            <datalist id={listId}>
              {(suggestions.data ?? []).map((label) => (
                <option key={label} value={label} />
              ))}
            </datalist>
          ) : null}
        </>
      )}
    </div>
  );
}
