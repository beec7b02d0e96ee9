import { makeStyles, tokens } from '@fluentui/react-components';
import type { AuditEntry } from '@parapet/schema/wire';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { FilterBar } from '../../components/FilterBar.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { Mono } from '../../components/Mono.tsx';
import { Pager } from '../../components/Pager.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { middle, visibleText } from '../../lib/text.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { Section } from './Section.tsx';

const OUTCOME_LABEL = { ok: 'Done', denied: 'Denied', failed: 'Failed' } as const;

const useStyles = makeStyles({
  change: { margin: 0, fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2 },
  bad: { color: tokens.colorPaletteRedForeground1, fontWeight: tokens.fontWeightSemibold },
});

/** Who did what: newest first, never changed, never deleted. */
export function AuditSection() {
  const styles = useStyles();
  const [page, setPage] = useState(1);
  const [pageSize, setPageSize] = useState(50);
  const [search, setSearch] = useState('');
  const [outcome, setOutcome] = useState<string[]>([]);
  const audit = useQuery({
    queryKey: ['/api/audit', page, pageSize, search, outcome],
    queryFn: ({ signal }) => api.get('/api/audit', { page, pageSize, search, outcome }, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <Section
      title="Audit log"
      purpose="Every change and every refusal, with who, what and from where. Entries are chained and cannot be edited."
    >
      <FilterBar
        search={{
          value: search,
          placeholder: 'Person, action or object',
          onChange: (text) => {
            setSearch(text);
            setPage(1);
          },
        }}
        filters={[
          {
            id: 'outcome',
            label: 'Outcome',
            options: Object.entries(OUTCOME_LABEL).map(([value, label]) => ({ value, label })),
            selected: outcome,
            onChange: (values) => {
              setOutcome(values);
              setPage(1);
            },
          },
        ]}
      />
      <Loaded query={audit} what="The audit log">
        {(data) =>
          data.items.length === 0 ? (
            <EmptyState small title="Nothing matches" />
          ) : (
            <>
              <SimpleTable<AuditEntry>
                label="Audit log"
                rows={data.items}
                rowKey={(row) => String(row.id)}
                columns={[
                  {
                    id: 'time',
                    header: 'Time',
                    nowrap: true,
                    render: (row) => <TimeText value={row.time} mode="absolute" />,
                  },
                  {
                    id: 'actor',
                    header: 'Who',
                    nowrap: true,
                    render: (row) => visibleText(row.actor) || 'Nobody signed in',
                  },
                  {
                    id: 'action',
                    header: 'Action and object',
                    render: (row) => (
                      <>
                        <Mono>{row.action}</Mono>
                        <div className={styles.change}>{visibleText(middle(row.target, 40))}</div>
                      </>
                    ),
                  },
                  {
                    id: 'outcome',
                    header: 'Outcome',
                    render: (row) => (
                      <span className={row.outcome === 'ok' ? undefined : styles.bad}>
                        {OUTCOME_LABEL[row.outcome]}
                      </span>
                    ),
                  },
                  {
                    id: 'change',
                    header: 'Change',
                    width: '32%',
                    minWidth: 260,
                    render: (row) => (
                      <p className={styles.change}>
                        <Mono>{changeText(row.before, row.after)}</Mono>
                      </p>
                    ),
                  },
                  { id: 'from', header: 'From', nowrap: true, render: (row) => row.remoteAddress || '–' },
                ]}
              />
              <Pager
                page={data.page}
                pageSize={data.pageSize}
                total={data.total}
                onPage={setPage}
                onPageSize={(size) => {
                  setPageSize(size);
                  setPage(1);
                }}
              />
            </>
          )
        }
      </Loaded>
    </Section>
  );
}

/** "role: reader → operator"; values that did not change are left out. */
export function changeText(before: unknown, after: unknown): string {
  const from = (before ?? {}) as Record<string, unknown>;
  const to = (after ?? {}) as Record<string, unknown>;
  if (typeof before === 'string' || typeof after === 'string') return `${show(before)} → ${show(after)}`;
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((key) => JSON.stringify(from[key]) !== JSON.stringify(to[key]))
    .map((key) => (before ? `${key}: ${show(from[key])} → ${show(to[key])}` : `${key}: ${show(to[key])}`))
    .join('; ');
}

const show = (value: unknown): string =>
  value === undefined || value === null
    ? 'none'
    : visibleText(middle(typeof value === 'string' ? value : JSON.stringify(value), 120));
