import { Button, Dropdown, Link, makeStyles, Option, Switch, Text, tokens } from '@fluentui/react-components';
import type { HuntingSchemaInfo } from '@parapet/schema/wire';
import { useMemo } from 'react';
import { ConditionList } from './ConditionList.tsx';
import { filtersOf } from './filters.ts';
import { guidedKql } from './kql.ts';
import {
  DOMAIN_LABEL,
  DOMAINS,
  type Domain,
  type GuidedQuery,
  SAMPLE_SIZES,
  SAMPLES,
  type SampleSize,
} from './model.ts';

const useStyles = makeStyles({
  pane: { height: '100%', overflow: 'auto', padding: '8px 12px 12px', boxSizing: 'border-box' },
  bar: { display: 'flex', flexWrap: 'wrap', gap: '8px 12px', alignItems: 'center', marginBottom: '8px' },
  field: { display: 'flex', alignItems: 'center', gap: '6px' },
  narrow: { minWidth: '110px' },
  domain: { minWidth: '160px', width: '160px' },
  sample: { minWidth: '168px', width: '168px' },
  switch: { margin: '-6px 0 -6px -8px', '& label': { fontSize: tokens.fontSizeBase200 } },
  link: { fontSize: 'inherit' },
  foot: { marginTop: '8px', color: tokens.colorNeutralForeground3 },
});

export interface GuidedPaneProps {
  readonly query: GuidedQuery;
  readonly schema: HuntingSchemaInfo | undefined;
  /** @param kql the query that says the same */
  readonly onChange: (query: GuidedQuery, kql: string) => void;
  /** Opens the text in a tab of its own; there is no way back from text. */
  readonly onEditText: (kql: string) => void;
}

/** Hunting without the language: conditions over a domain. */
export function GuidedPane({ query, schema, onChange, onEditText }: GuidedPaneProps) {
  const styles = useStyles();
  const filters = useMemo(() => (schema ? filtersOf(schema.tables, query.domain) : []), [schema, query.domain]);
  if (!schema) return <div className={styles.pane}>Loading the tables…</div>;
  const change = (next: GuidedQuery) => onChange(next, guidedKql(next, schema));
  const kql = guidedKql(query, schema);
  const tables = kql.startsWith('union') ? kql.split('\n').length - 3 : kql ? 1 : 0;
  return (
    <section className={styles.pane} aria-label="Guided query">
      <div className={styles.bar}>
        <div className={styles.field}>
          <Text size={200} id="guided-domain">
            Look in
          </Text>
          <Dropdown
            size="small"
            className={styles.domain}
            aria-labelledby="guided-domain"
            value={DOMAIN_LABEL[query.domain]}
            selectedOptions={[query.domain]}
            onOptionSelect={(_, data) => change({ ...query, domain: data.optionValue as Domain })}
          >
            {DOMAINS.map((domain) => (
              <Option key={domain} value={domain}>
                {DOMAIN_LABEL[domain]}
              </Option>
            ))}
          </Dropdown>
        </div>
        <div className={styles.field}>
          <Text size={200} id="guided-size">
            At most
          </Text>
          <Dropdown
            size="small"
            className={styles.narrow}
            aria-labelledby="guided-size"
            value={`${query.sample.toLocaleString('en-US')} rows`}
            selectedOptions={[String(query.sample)]}
            onOptionSelect={(_, data) => change({ ...query, sample: Number(data.optionValue) as SampleSize })}
          >
            {SAMPLE_SIZES.map((size) => (
              <Option key={size} value={String(size)} text={`${size.toLocaleString('en-US')} rows`}>
                {size.toLocaleString('en-US')} rows
              </Option>
            ))}
          </Dropdown>
        </div>
        <Dropdown
          size="small"
          className={styles.sample}
          aria-label="Load a sample question"
          placeholder="Load a sample question"
          value=""
          selectedOptions={[]}
          onOptionSelect={(_, data) => {
            const sample = SAMPLES.find(({ label }) => label === data.optionValue);
            if (sample) change(sample.query);
          }}
        >
          {SAMPLES.map(({ label }) => (
            <Option key={label} value={label}>
              {label}
            </Option>
          ))}
        </Dropdown>
        <Switch
          className={styles.switch}
          label="All filters and groups"
          checked={query.view === 'all'}
          onChange={(_, data) => change({ ...query, view: data.checked ? 'all' : 'basic' })}
        />
        <Button size="small" disabled={!kql} onClick={() => onEditText(kql)}>
          Edit in KQL
        </Button>
      </div>
      <ConditionList
        group={query.root}
        filters={query.view === 'all' ? filters : filters.filter(({ basic }) => basic)}
        all={filters}
        groups={query.view === 'all'}
        depth={0}
        onChange={(root) => change({ ...query, root })}
      />
      <Text block size={200} className={styles.foot} role="status">
        {kql ? (
          <>
            Reads {tables} {tables === 1 ? 'table' : 'tables'}.{' '}
            <Link inline as="button" className={styles.link} onClick={() => onEditText(kql)}>
              See it as KQL
            </Link>
          </>
        ) : (
          'No table of this domain has what these conditions ask for. Choose another domain or other conditions.'
        )}
      </Text>
    </section>
  );
}
