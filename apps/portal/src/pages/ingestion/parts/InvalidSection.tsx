import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../../api/client.ts';
import { Loaded } from '../../../components/Loaded.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { HuntLink } from '../../../features/hunt-link/HuntLink.tsx';
import { kqlString } from '../../../lib/entity.ts';
import { visibleText } from '../../../lib/text.ts';
import { formatCount } from '../../../lib/time.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import type { SourceDetail } from '../data.ts';

const useStyles = makeStyles({
  heading: { margin: '22px 0 8px' },
  note: { display: 'block', color: tokens.colorNeutralForeground2, margin: '0 0 8px' },
  value: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: 'anywhere' },
});

/** Values of a source that did not fit the type of their column: what a mistake in a connector or in a sender looks like. */
export function InvalidSection({ source, hours }: { readonly source: SourceDetail; readonly hours: string }) {
  const styles = useStyles();
  const invalid = useQuery({
    queryKey: ['/api/ingest/sources', source.id, 'invalid', hours],
    queryFn: ({ signal }) => api.get(`/api/ingest/sources/${encodeURIComponent(source.id)}/invalid`, { hours }, signal),
  });
  return (
    <>
      <Text as="h2" weight="semibold" size={400} block className={styles.heading}>
        Values that did not fit
      </Text>
      <Loaded query={invalid} what="The values that did not fit">
        {({ values, partial }) =>
          values.length === 0 ? (
            <EmptyState small title="None in this span" reason="Every value had the type of its column." />
          ) : (
            <>
              <Text size={200} className={styles.note}>
                The column is empty in these rows; the value is kept under _invalid in AdditionalFields.
                {partial ? ' There are more rows than are counted here; these are the newest.' : ''}
              </Text>
              <SimpleTable
                label="Values that did not fit"
                rows={values}
                rowKey={(row) => `${row.table}.${row.column}`}
                columns={[
                  { id: 'column', header: 'Column', render: (row) => `${row.table}.${row.column}` },
                  {
                    id: 'example',
                    header: 'For example',
                    render: (row) => <span className={styles.value}>{visibleText(row.example)}</span>,
                  },
                  { id: 'last', header: 'Last', render: (row) => <TimeText value={row.lastAt} mode="absolute" /> },
                  {
                    id: 'rows',
                    header: 'Rows',
                    align: 'end',
                    render: (row) => (
                      <HuntLink
                        query={`${row.table}\n| where isnotempty(AdditionalFields._invalid[${kqlString(row.column)}])\n| take 100`}
                      >
                        {formatCount(row.rows)}
                      </HuntLink>
                    ),
                  },
                ]}
              />
            </>
          )
        }
      </Loaded>
    </>
  );
}
