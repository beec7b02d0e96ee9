import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { EntityRisk } from '@parapet/schema/wire';
import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { SeverityBadge } from '../../components/Badges.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { RowsSkeleton } from '../../shell/Skeletons.tsx';
import { HuntLink } from '../hunt-link/HuntLink.tsx';

const useStyles = makeStyles({
  section: { marginBottom: '24px' },
  h2: { margin: '0 0 6px' },
  line: { display: 'flex', alignItems: 'center', gap: '10px', flexWrap: 'wrap', marginBottom: '8px' },
  soft: { color: tokens.colorNeutralForeground3 },
});

const points = (value: number): string => value.toFixed(1);

/** The level, the rule that gives it, and every contribution with its points, so that the sum can be done by hand. */
export function RiskPanel({ query }: { readonly query: UseQueryResult<EntityRisk> }) {
  const styles = useStyles();
  return (
    <section className={styles.section} aria-label="Risk">
      <Text as="h2" weight="semibold" size={400} block className={styles.h2}>
        Risk
      </Text>
      <Loaded query={query} what="The risk" skeleton={<RowsSkeleton rows={2} />}>
        {(risk) => (
          <>
            <div className={styles.line}>
              {risk.level === 'none' ? <Text>No known risk</Text> : <SeverityBadge severity={risk.level} />}
              <Text>Score {risk.score} of 100</Text>
              <HuntLink query={risk.huntingQuery}>History</HuntLink>
            </div>
            <Text size={200} block className={styles.soft}>
              {visibleText(risk.levelReason)}
            </Text>
            {risk.contributions.length > 0 ? (
              <SimpleTable
                label="What makes the score"
                rows={risk.contributions}
                rowKey={(each) => `${each.kind}|${each.id}|${each.title}`}
                columns={[
                  {
                    id: 'title',
                    header: 'What',
                    render: (each) =>
                      each.kind === 'alert' ? (
                        <Link to="/alerts/$id" params={{ id: each.id }}>
                          {visibleText(each.title)}
                        </Link>
                      ) : (
                        visibleText(each.title)
                      ),
                  },
                  { id: 'why', header: 'Why', render: (each) => visibleText(each.why) },
                  { id: 'points', header: 'Points', align: 'end', nowrap: true, render: (each) => points(each.points) },
                  {
                    id: 'fades',
                    header: 'Fades',
                    nowrap: true,
                    render: (each) => (each.fadesAt ? <TimeText value={each.fadesAt} /> : '–'),
                  },
                ]}
              />
            ) : null}
            {risk.more.count > 0 ? (
              <Text size={200} className={styles.soft}>
                And {risk.more.count} more with {points(risk.more.points)} points in all.
              </Text>
            ) : null}
          </>
        )}
      </Loaded>
    </section>
  );
}
