import { Button, makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { ChevronDown12Regular } from '@fluentui/react-icons/svg/chevron-down';
import { ChevronRight12Regular } from '@fluentui/react-icons/svg/chevron-right';
import type { Coverage, CoverageTechnique } from '@parapet/schema/wire';
import { useMemo, useState } from 'react';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { columnsOf, LEVEL_LABEL, LEVEL_MEANING, levelCounts, type MatrixFilter } from '../model.ts';
import { LEVELS } from '../search.ts';
import { LevelMark } from './LevelMark.tsx';

const useStyles = makeStyles({
  root: { flexGrow: 1, minWidth: 0, minHeight: 0, display: 'flex', flexDirection: 'column' },
  legend: { display: 'flex', gap: '16px', flexWrap: 'wrap', padding: '8px 24px', flexShrink: 0 },
  entry: { display: 'inline-flex', alignItems: 'center', gap: '5px', fontSize: tokens.fontSizeBase200 },
  grid: {
    display: 'grid',
    gridAutoFlow: 'column',
    gridAutoColumns: 'minmax(152px, 1fr)',
    gap: '6px',
    alignItems: 'start',
    overflow: 'auto',
    flexGrow: 1,
    minHeight: 0,
    padding: '0 24px 24px',
  },
  head: {
    position: 'sticky',
    top: 0,
    zIndex: 1,
    margin: 0,
    padding: '6px 0',
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
  },
  quiet: { display: 'block', color: tokens.colorNeutralForeground3, fontWeight: tokens.fontWeightRegular },
  list: { listStyle: 'none', margin: '4px 0 0', padding: 0 },
  cell: { display: 'flex', alignItems: 'flex-start', marginBottom: '3px' },
  sub: { paddingLeft: '18px' },
  button: {
    display: 'flex',
    gap: '6px',
    alignItems: 'flex-start',
    flexGrow: 1,
    minWidth: 0,
    padding: '3px 6px',
    textAlign: 'left',
    cursor: 'pointer',
    fontFamily: tokens.fontFamilyBase,
    fontSize: tokens.fontSizeBase200,
    lineHeight: '16px',
    color: tokens.colorNeutralForeground1,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusSmall,
    overflowWrap: 'anywhere',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  covered: {
    backgroundColor: tokens.colorPaletteGreenBackground1,
    border: `1px solid ${tokens.colorPaletteGreenBorder1}`,
  },
  blind: {
    backgroundColor: tokens.colorPaletteDarkOrangeBackground1,
    border: `1px solid ${tokens.colorPaletteDarkOrangeBorder1}`,
  },
  available: { border: `1px solid ${tokens.colorBrandStroke2}` },
  none: { color: tokens.colorNeutralForeground3 },
  chosen: { outline: `2px solid ${tokens.colorBrandStroke1}` },
  hits: {
    marginLeft: 'auto',
    flexShrink: 0,
    fontVariantNumeric: 'tabular-nums',
    fontWeight: tokens.fontWeightSemibold,
  },
  toggle: { minWidth: '18px', width: '18px', height: '22px', padding: 0 },
  gap: { width: '18px', flexShrink: 0 },
});

export interface MatrixProps {
  readonly coverage: Coverage;
  readonly filter: MatrixFilter;
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

/** Tactics beside each other, techniques below them, sub-techniques on request. Numbers are alerts of the period. */
export function Matrix({ coverage, filter, chosen, onChoose }: MatrixProps) {
  const styles = useStyles();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const columns = useMemo(() => columnsOf(coverage, filter), [coverage, filter]);
  const counts = useMemo(() => levelCounts(coverage), [coverage]);
  // With a filter, what passes is not hidden in a closed branch.
  const narrowed = filter.search !== '' || filter.level.length + filter.table.length + filter.scenario.length > 0;
  const toggle = (key: string): void => {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
  };
  const empty = columns.every(({ techniques }) => techniques.length === 0);
  const cell = (technique: CoverageTechnique, sub: boolean) => (
    <button
      type="button"
      className={mergeClasses(styles.button, styles[technique.level], technique.id === chosen && styles.chosen)}
      aria-pressed={technique.id === chosen}
      title={`${technique.id} ${technique.name}: ${LEVEL_MEANING[technique.level]}`}
      onClick={() => onChoose(technique.id)}
    >
      <LevelMark level={technique.level} />
      <span>{sub ? `${technique.id.slice(technique.id.indexOf('.'))} ${technique.name}` : technique.name}</span>
      {technique.alerts > 0 ? (
        <span className={styles.hits} title={`${technique.alerts.toLocaleString()} alerts in the period`}>
          {technique.alerts.toLocaleString()}
        </span>
      ) : null}
    </button>
  );
  return (
    <div className={styles.root}>
      <div className={styles.legend}>
        {LEVELS.map((level) => (
          <span key={level} className={styles.entry} title={LEVEL_MEANING[level]}>
            <LevelMark level={level} /> {LEVEL_LABEL[level]}: {counts[level].toLocaleString()}
          </span>
        ))}
        <Text size={200}>
          techniques and sub-techniques of ATT&CK {coverage.attackVersion}; numbers in cells are alerts
        </Text>
      </div>
      {empty ? (
        <EmptyState title="No technique passes the filters" reason="Take a filter away, or search for less." />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className={styles.grid} aria-label="ATT&CK matrix" tabIndex={0}>
          {columns
            .filter(({ techniques }) => techniques.length > 0)
            .map((column) => (
              <section key={column.id} aria-label={column.name}>
                <h2 className={styles.head}>
                  {column.name}
                  <span className={styles.quiet}>
                    {column.covered} of {column.total} covered
                  </span>
                </h2>
                <ul className={styles.list}>
                  {column.techniques.map(({ technique, subs }) => {
                    const key = `${column.id} ${technique.id}`;
                    const shown = open.has(key) !== narrowed;
                    return (
                      <li key={technique.id}>
                        <div className={styles.cell}>
                          {subs.length > 0 ? (
                            <Button
                              appearance="transparent"
                              size="small"
                              className={styles.toggle}
                              icon={shown ? <ChevronDown12Regular /> : <ChevronRight12Regular />}
                              aria-expanded={shown}
                              aria-label={`Sub-techniques of ${technique.name}`}
                              onClick={() => toggle(key)}
                            />
                          ) : (
                            <span className={styles.gap} />
                          )}
                          {cell(technique, false)}
                        </div>
                        {shown && subs.length > 0 ? (
                          <ul className={mergeClasses(styles.list, styles.sub)}>
                            {subs.map((sub) => (
                              <li key={sub.id} className={styles.cell}>
                                {cell(sub, true)}
                              </li>
                            ))}
                          </ul>
                        ) : null}
                      </li>
                    );
                  })}
                </ul>
              </section>
            ))}
        </section>
      )}
    </div>
  );
}
