import { Button, Checkbox, Input, makeStyles, Text, tokens } from '@fluentui/react-components';
import type { HuntResult } from '@parapet/schema/wire';
import { useEffect, useMemo, useState } from 'react';
import { middle, visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { valueCounts } from './model.ts';
import type { Grid } from './useGridState.ts';

const useStyles = makeStyles({
  values: { maxHeight: '280px', overflowY: 'auto', display: 'flex', flexDirection: 'column' },
  value: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: '8px' },
  label: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', maxWidth: '240px', display: 'block' },
  actions: { display: 'flex', gap: '8px', justifyContent: 'flex-end' },
  soft: { color: tokens.colorNeutralForeground3 },
});

/** Values shown at once; the search finds the others. */
const SHOWN_VALUES = 200;

interface ChooserProps {
  readonly result: HuntResult;
  readonly grid: Grid;
  readonly column: number | undefined;
  readonly onColumn: (column: number | 'choose') => void;
  readonly onDone: () => void;
}

/** Columns, then the values of one with their counts. */
export function FilterChooser({ result, grid, column, onColumn, onDone }: ChooserProps) {
  const styles = useStyles();
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  // biome-ignore lint/correctness/useExhaustiveDependencies: another column starts afresh
  useEffect(() => {
    setSearch('');
    setChosen(new Set());
  }, [column]);
  const counts = useMemo(
    () => (column === undefined ? [] : valueCounts(result.rows, column, grid.order)),
    [result, column, grid.order],
  );
  const needle = search.toLowerCase();
  if (column === undefined) {
    const names = result.columns.map((one, index) => ({ ...one, index }));
    return (
      <>
        <Input
          size="small"
          placeholder="Find a column"
          aria-label="Find a column"
          value={search}
          onChange={(_, data) => setSearch(data.value)}
        />
        <div className={styles.values}>
          {names
            .filter(({ name }) => name.toLowerCase().includes(needle))
            .map(({ name, index }) => (
              <Button
                key={index}
                size="small"
                appearance="subtle"
                style={{ justifyContent: 'flex-start' }}
                onClick={() => onColumn(index)}
              >
                {visibleText(name)}
              </Button>
            ))}
        </div>
      </>
    );
  }
  const found = counts.filter(({ value }) => value.toLowerCase().includes(needle));
  const apply = (exclude: boolean) => {
    grid.patch({ filters: [...grid.state.filters, { column, exclude, values: [...chosen] }] });
    onDone();
  };
  return (
    <>
      <Text weight="semibold">{visibleText(result.columns[column]!.name)}</Text>
      <Input
        size="small"
        placeholder={`Find among ${formatCount(counts.length)} values`}
        aria-label="Find a value"
        value={search}
        onChange={(_, data) => setSearch(data.value)}
      />
      <div className={styles.values}>
        {found.slice(0, SHOWN_VALUES).map(({ value, count }) => (
          <div key={value} className={styles.value}>
            <Checkbox
              size="medium"
              checked={chosen.has(value)}
              label={<span className={styles.label}>{value === '' ? '(empty)' : visibleText(middle(value, 60))}</span>}
              onChange={(_, data) => {
                const next = new Set(chosen);
                if (data.checked) next.add(value);
                else next.delete(value);
                setChosen(next);
              }}
            />
            <Text size={200} className={styles.soft}>
              {formatCount(count)}
            </Text>
          </div>
        ))}
        {found.length > SHOWN_VALUES ? (
          <Text size={200} className={styles.soft}>
            {formatCount(found.length - SHOWN_VALUES)} more: type to find them.
          </Text>
        ) : null}
      </div>
      <div className={styles.actions}>
        <Button size="small" appearance="subtle" onClick={() => onColumn('choose')}>
          Other column
        </Button>
        <Button size="small" disabled={chosen.size === 0} onClick={() => apply(true)}>
          Hide these
        </Button>
        <Button size="small" appearance="primary" disabled={chosen.size === 0} onClick={() => apply(false)}>
          Show only these
        </Button>
      </div>
    </>
  );
}
