import { Button, Input, MessageBar, MessageBarBody, makeStyles, Text, tokens } from '@fluentui/react-components';
import { Search20Regular } from '@fluentui/react-icons/svg/search';
import { parseSearch, type SearchResult } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import * as v from 'valibot';
import { api } from '../../api/client.ts';
import { HrefLink } from '../../components/HrefLink.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { rememberSearch } from '../../shell/search/history.ts';
import { Problems } from '../../shell/search/Problems.tsx';
import { exactHit } from '../../shell/search/targets.ts';
import { GROUP_LABEL, GROUP_TYPE } from '../../shell/search/words.ts';

const useStyles = makeStyles({
  form: { display: 'flex', gap: '8px', maxWidth: '760px' },
  input: { flexGrow: 1 },
  groups: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 420px), 1fr))',
    gap: '20px 32px',
    alignItems: 'start',
  },
  head: {
    display: 'flex',
    alignItems: 'baseline',
    gap: '8px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    paddingBottom: '4px',
  },
  title: { margin: 0, fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold },
  spring: { flexGrow: 1 },
  list: { listStyle: 'none', margin: 0, padding: 0 },
  line: { padding: '6px 0', borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, overflowWrap: 'anywhere' },
  soft: { color: tokens.colorNeutralForeground3 },
});

const searchSchema = v.object({ q: url.text(), type: url.text() });

/** Hits of a group before "show all", and the most that are listed. */
const FEW = 8;
const MOST = 100;

/** Everything a search finds, in groups with their counts. An exact identifier goes straight to its page. */
export function SearchPage() {
  const styles = useStyles();
  const router = useRouter();
  const [{ q, type }, setState] = useUrlState(searchSchema);
  const [text, setText] = useState(q);
  useEffect(() => setText(q), [q]);
  const { problems } = parseSearch(q);
  const blocked = problems.some(({ fatal }) => fatal);
  const result = useQuery({
    queryKey: ['search', 'page', q, type],
    queryFn: ({ signal }) =>
      api.get('/api/search', { q: type ? narrowed(q, type) : q, limit: type ? MOST : FEW }, signal),
    enabled: q.trim().length >= 2 && !blocked,
    staleTime: 30_000,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = text.trim();
    const exact = exactHit(wanted);
    rememberSearch(wanted);
    if (exact) router.history.push(exact.href);
    else setState({ q: wanted, type: '' }, { push: true });
  };
  const total = result.data?.groups.reduce((sum, group) => sum + group.total, 0);
  return (
    <PageShell
      title="Search"
      purpose={
        total === undefined || blocked
          ? 'Incidents, alerts, entities and tables by name, address, hash or operator.'
          : `${formatCount(total)} results`
      }
      filters={
        <form className={styles.form} onSubmit={submit}>
          <Input
            className={styles.input}
            type="search"
            aria-label="Search everywhere"
            contentBefore={<Search20Regular />}
            value={text}
            maxLength={400}
            onChange={(_, data) => setText(data.value)}
          />
          <Button type="submit" appearance="primary">
            Search
          </Button>
        </form>
      }
    >
      <Problems text={q} problems={problems} onMend={(mended) => setState({ q: mended }, { push: true })} />
      {q.trim().length < 2 || blocked ? (
        <EmptyState
          title={blocked ? 'This search does not run' : 'What are you looking for?'}
          reason={
            blocked
              ? 'Mend the place above; its answer would be about something else.'
              : 'Type at least two characters. Words may hold * and ?; -word excludes; OR separates; type:, name:, ip:, os:, risk:, seen:, domain:, severity:, status: and tag: narrow.'
          }
        />
      ) : (
        <Loaded query={result} what="The results">
          {(data) => (
            <Groups data={data} q={q} type={type} onType={(next) => setState({ type: next }, { push: true })} />
          )}
        </Loaded>
      )}
    </PageShell>
  );
}

/** The text with every alternative narrowed to one kind. */
function narrowed(q: string, type: string): string {
  return q
    .split(/\s+OR\s+/)
    .map((part) => `type:${type} ${part}`)
    .join(' OR ')
    .slice(0, 400);
}

function Groups({
  data,
  q,
  type,
  onType,
}: {
  readonly data: SearchResult;
  readonly q: string;
  readonly type: string;
  readonly onType: (type: string) => void;
}) {
  const styles = useStyles();
  return (
    <>
      {data.incomplete?.length ? (
        <MessageBar intent="warning" style={{ marginBottom: 12 }}>
          <MessageBarBody>
            These took too long and are missing: {data.incomplete.join(', ')}. Narrow the search with type: or seen:.
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {type ? (
        <Button size="small" appearance="subtle" onClick={() => onType('')} style={{ marginBottom: 8 }}>
          All kinds
        </Button>
      ) : null}
      {data.groups.length === 0 ? (
        <EmptyState
          title="Nothing matches"
          reason={`Nothing you may see has “${q.slice(0, 80)}” in its name. Check the spelling, or use * for a part that varies.`}
        />
      ) : (
        <div className={styles.groups}>
          {data.groups.map(({ group, total, items }) => (
            <section key={group} aria-label={GROUP_LABEL[group]}>
              <div className={styles.head}>
                <h2 className={styles.title}>{GROUP_LABEL[group]}</h2>
                <Text className={styles.soft}>{formatCount(total)}</Text>
                <span className={styles.spring} />
                {total > items.length && !type ? (
                  <Button size="small" appearance="transparent" onClick={() => onType(GROUP_TYPE[group])}>
                    Show all
                  </Button>
                ) : null}
              </div>
              <ul className={styles.list}>
                {items.map((hit) => (
                  <li key={`${hit.href}|${hit.label}`} className={styles.line}>
                    <HrefLink href={hit.href}>{visibleText(hit.label)}</HrefLink>
                    <Text size={200} block className={styles.soft}>
                      {visibleText(hit.detail)}
                    </Text>
                  </li>
                ))}
              </ul>
              {total > items.length && type ? (
                <Text size={200} className={styles.soft}>
                  The first {formatCount(items.length)} of {formatCount(total)}. Add words to narrow.
                </Text>
              ) : null}
            </section>
          ))}
        </div>
      )}
    </>
  );
}
