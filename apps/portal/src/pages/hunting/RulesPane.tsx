import { Text } from '@fluentui/react-components';
import type { DetectionInfo, Page } from '@parapet/schema';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { api } from '../../api/client.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { TextSkeleton } from '../../shell/Skeletons.tsx';
import { SEVERITY_LABEL } from '../../theme/meaning.ts';
import { PaneSearch } from './PaneSearch.tsx';
import { usePaneStyles } from './SchemaPane.tsx';

export interface RulesPaneProps {
  readonly onOpen: (rule: { readonly title: string; readonly query: string }) => void;
}

const MOST = 100;

/** Detection rules beside the editor: their queries are the best examples of what can be asked. */
export function RulesPane({ onOpen }: RulesPaneProps) {
  const styles = usePaneStyles();
  const [search, setSearch] = useState('');
  const wanted = useDeferredValue(search.trim());
  const rules = useQuery({
    queryKey: ['/api/detections', 'hunting', wanted],
    queryFn: ({ signal }) =>
      api.get<Page<DetectionInfo>>('/api/detections', { search: wanted, sort: 'title', pageSize: MOST }, signal),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
  return (
    <div className={styles.pane}>
      <PaneSearch label="Search detection rules" value={search} onChange={setSearch} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={styles.scroll} aria-label="Detection rules" tabIndex={0}>
        {rules.error && !rules.data ? (
          <ErrorState error={rules.error} title="Rules could not be loaded" onRetry={() => void rules.refetch()} />
        ) : rules.data ? (
          <>
            <ul className={styles.list}>
              {rules.data.items.map((rule) => (
                <li key={rule.id} className={styles.line}>
                  <button
                    type="button"
                    className={styles.name}
                    title={`${rule.description}\n\n${rule.query.slice(0, 600)}`}
                    onClick={() => onOpen(rule)}
                  >
                    <span className={styles.text}>{visibleText(rule.title)}</span>
                  </button>
                  <span className={styles.soft}>{SEVERITY_LABEL[rule.severity]}</span>
                </li>
              ))}
            </ul>
            <Text block className={styles.facts}>
              {rules.data.total === 0
                ? 'No rule has this in its name.'
                : rules.data.total > MOST
                  ? `The first ${MOST} of ${formatCount(rules.data.total)}: search for the others. `
                  : ''}{' '}
              <Link to="/detections">All detection rules</Link>
            </Text>
          </>
        ) : (
          <div style={{ padding: 12 }}>
            <TextSkeleton lines={8} />
          </div>
        )}
      </section>
    </div>
  );
}
