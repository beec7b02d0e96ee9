import { Button, makeStyles, mergeClasses, Select, Text, tokens } from '@fluentui/react-components';
import { Add16Regular } from '@fluentui/react-icons/svg/add';
import { Dismiss16Regular } from '@fluentui/react-icons/svg/dismiss';
import { useMemo } from 'react';
import { ConditionValue } from './ConditionValue.tsx';
import type { Filter } from './filters.ts';
import { conditionProblem } from './kql.ts';
import {
  type Condition,
  type ConditionGroup,
  isGroup,
  OPERATOR_LABEL,
  OPERATORS,
  type Operator,
  takesNoValue,
} from './model.ts';

const useStyles = makeStyles({
  list: { display: 'flex', flexDirection: 'column', gap: '6px', listStyle: 'none', margin: 0, padding: 0 },
  nested: {
    borderLeft: `3px solid ${tokens.colorNeutralStroke1}`,
    padding: '6px 0 6px 10px',
    backgroundColor: tokens.colorNeutralBackground2,
  },
  line: { display: 'flex', flexWrap: 'wrap', gap: '6px', alignItems: 'flex-start' },
  word: { minWidth: '34px', paddingTop: '4px', color: tokens.colorNeutralForeground2 },
  filter: { minWidth: '200px' },
  operator: { minWidth: '130px' },
  tools: { display: 'flex', gap: '6px', marginTop: '6px' },
  soft: { color: tokens.colorNeutralForeground3, paddingTop: '4px' },
});

export interface ConditionListProps {
  readonly group: ConditionGroup;
  /** What the menus offer. */
  readonly filters: readonly Filter[];
  /** All of the domain: a chosen one stays readable when the menus are short. */
  readonly all: readonly Filter[];
  /** OR and nested groups are on offer. */
  readonly groups: boolean;
  readonly depth: number;
  readonly onChange: (group: ConditionGroup) => void;
  readonly onRemove?: () => void;
}

const MOST_DEPTH = 3;

/** Conditions of one group, with the groups inside it. */
export function ConditionList({ group, filters, all, groups, depth, onChange, onRemove }: ConditionListProps) {
  const styles = useStyles();
  const set = (index: number, item: Condition | ConditionGroup | undefined) =>
    onChange({
      ...group,
      items: item
        ? group.items.map((each, at) => (at === index ? item : each))
        : group.items.filter((_, at) => at !== index),
    });
  const add = (item: Condition | ConditionGroup) => onChange({ ...group, items: [...group.items, item] });
  return (
    <div className={mergeClasses(depth > 0 && styles.nested)}>
      {groups ? (
        <div className={styles.tools} style={{ margin: '0 0 6px' }}>
          <Select
            size="small"
            aria-label="How the conditions are joined"
            value={group.join}
            onChange={(_, data) => onChange({ ...group, join: data.value === 'or' ? 'or' : 'and' })}
          >
            <option value="and">All of these hold</option>
            <option value="or">Any of these holds</option>
          </Select>
          {onRemove ? (
            <Button size="small" appearance="subtle" icon={<Dismiss16Regular />} onClick={onRemove}>
              Remove group
            </Button>
          ) : null}
        </div>
      ) : null}
      <ul className={styles.list}>
        {group.items.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no other identity than their place
          <li key={index}>
            {isGroup(item) ? (
              <ConditionList
                group={item}
                filters={filters}
                all={all}
                groups={groups}
                depth={depth + 1}
                onChange={(next) => set(index, next)}
                onRemove={() => set(index, undefined)}
              />
            ) : (
              <Line
                first={index === 0}
                join={group.join}
                condition={item}
                filters={filters}
                all={all}
                onChange={(next) => set(index, next)}
                onRemove={() => set(index, undefined)}
              />
            )}
          </li>
        ))}
      </ul>
      <div className={styles.tools}>
        <Button
          size="small"
          appearance="subtle"
          icon={<Add16Regular />}
          onClick={() => add({ filter: '', operator: 'equals', values: [] })}
        >
          Add condition
        </Button>
        {groups && depth < MOST_DEPTH ? (
          <Button
            size="small"
            appearance="subtle"
            icon={<Add16Regular />}
            onClick={() => add({ join: group.join === 'and' ? 'or' : 'and', items: [] })}
          >
            Add group
          </Button>
        ) : null}
      </div>
    </div>
  );
}

interface LineProps {
  readonly first: boolean;
  readonly join: ConditionGroup['join'];
  readonly condition: Condition;
  readonly filters: readonly Filter[];
  readonly all: readonly Filter[];
  readonly onChange: (condition: Condition) => void;
  readonly onRemove: () => void;
}

function Line({ first, join, condition, filters, all, onChange, onRemove }: LineProps) {
  const styles = useStyles();
  const filter = all.find(({ id }) => id === condition.filter);
  const sections = useMemo(() => {
    const found = new Map<string, Filter[]>();
    const offered = filter && !filters.includes(filter) ? [filter, ...filters] : filters;
    for (const one of offered) {
      const list = found.get(one.section) ?? [];
      list.push(one);
      found.set(one.section, list);
    }
    return [...found];
  }, [filters, filter]);
  const problem = conditionProblem(condition, filter);
  return (
    <div className={styles.line}>
      <Text size={200} className={styles.word}>
        {first ? 'Where' : join}
      </Text>
      <Select
        size="small"
        className={styles.filter}
        aria-label="Filter by"
        value={condition.filter}
        onChange={(_, data) => {
          const next = all.find(({ id }) => id === data.value);
          const operators = OPERATORS[next?.kind ?? 'string'];
          onChange({
            filter: data.value,
            operator: operators.includes(condition.operator) ? condition.operator : operators[0]!,
            values: next?.kind === filter?.kind ? condition.values : [],
          });
        }}
      >
        <option value="">Choose…</option>
        {sections.map(([name, list]) => (
          <optgroup key={name} label={name}>
            {list.map((one) => (
              <option key={one.id} value={one.id}>
                {one.label}
              </option>
            ))}
          </optgroup>
        ))}
      </Select>
      {filter ? (
        <Select
          size="small"
          className={styles.operator}
          aria-label="Operator"
          value={condition.operator}
          onChange={(_, data) => onChange({ ...condition, operator: data.value as Operator })}
        >
          {OPERATORS[filter.kind].map((operator) => (
            <option key={operator} value={operator}>
              {OPERATOR_LABEL[operator]}
            </option>
          ))}
        </Select>
      ) : null}
      {filter && !takesNoValue(condition.operator) ? (
        <ConditionValue
          filter={filter}
          condition={condition}
          onChange={(values) => onChange({ ...condition, values })}
        />
      ) : null}
      <Button
        size="small"
        appearance="subtle"
        icon={<Dismiss16Regular />}
        aria-label={`Remove the condition${filter ? ` on ${filter.label}` : ''}`}
        onClick={onRemove}
      />
      {problem && filter ? (
        <Text size={200} className={styles.soft}>
          {problem}
        </Text>
      ) : null}
    </div>
  );
}
