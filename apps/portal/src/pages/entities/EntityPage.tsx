import { makeStyles, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import { ENTITY_TYPES, type EntityDetail, type EntityType } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { Link, Navigate, useParams } from '@tanstack/react-router';
import * as v from 'valibot';
import { ApiError, api } from '../../api/client.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { ENTITY_ICON } from '../../components/EntityChip.tsx';
import { Facts } from '../../components/Facts.tsx';
import { Identifier } from '../../components/Mono.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { ENTITY_LABEL, entityCopyText, entityQuery } from '../../lib/entity.ts';
import { defang, middle, visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { PageSkeleton } from '../../shell/Skeletons.tsx';
import { words } from '../../theme/meaning.ts';
import { FactValue } from './FactValue.tsx';
import { RelatedWork } from './RelatedWork.tsx';

const TABS = ['observed', 'work'] as const;
const schema = v.object({ tab: url.choice(TABS, 'observed') });

const useStyles = makeStyles({
  heading: { display: 'flex', alignItems: 'center', gap: '10px', minWidth: 0, flexWrap: 'wrap' },
  icon: { display: 'flex', color: tokens.colorNeutralForeground3 },
  title: {
    margin: 0,
    fontSize: tokens.fontSizeBase500,
    lineHeight: tokens.lineHeightBase500,
    fontWeight: tokens.fontWeightSemibold,
    overflowWrap: 'anywhere',
    minWidth: 0,
  },
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(280px, 400px) minmax(0, 1fr)',
    gap: '32px',
    '@media (max-width: 1200px)': { gridTemplateColumns: '1fr' },
  },
  tabs: { marginLeft: '-10px', marginBottom: '12px' },
  devices: { display: 'flex', flexWrap: 'wrap', gap: '4px 14px' },
  soft: { color: tokens.colorNeutralForeground3 },
});

const isType = (text: string): text is EntityType => (ENTITY_TYPES as readonly string[]).includes(text);

/** A user, file, address, registry value, service or cloud thing: what is known and where it was seen. */
export function EntityPage() {
  const { type = '', key = '' } = useParams({ strict: false });
  const known = isType(type);
  const entity = useQuery({
    queryKey: ['/api/entities', type, key],
    queryFn: ({ signal }) => api.get(`/api/entities/${type}/${encodeURIComponent(key)}`, undefined, signal),
    enabled: known && type !== 'device',
  });
  if (type === 'device') return <Navigate to="/devices/$id" params={{ id: key }} replace />;
  if (!known)
    return (
      <PageShell title="Entity">
        <ErrorState
          error={
            new ApiError(
              404,
              'not_found',
              `There are no entities of the type "${visibleText(type)}".`,
              undefined,
              undefined,
              undefined,
            )
          }
          action={<Link to="/">Go to Home</Link>}
        />
      </PageShell>
    );
  if (!entity.data)
    return entity.isError ? (
      <PageShell title={ENTITY_LABEL[type]}>
        <ErrorState
          error={entity.error}
          title={`${ENTITY_LABEL[type]} ${visibleText(middle(key, 60))} could not be loaded`}
          onRetry={() => void entity.refetch()}
          action={<Link to="/hunting">Look for it in hunting</Link>}
        />
      </PageShell>
    ) : (
      <PageSkeleton />
    );
  return <EntityView key={`${type}|${key}`} detail={entity.data} />;
}

function EntityView({ detail }: { readonly detail: EntityDetail }) {
  const styles = useStyles();
  const [state, setState] = useUrlState(schema);
  const { entity } = detail;
  const Icon = ENTITY_ICON[entity.type];
  const query = entityQuery(entity);
  const copied = entityCopyText(entity);
  const label = ENTITY_LABEL[entity.type];
  const identifiers = Object.entries(entity.fields).filter(([, value]) => value !== undefined && value !== '');
  // What is an identifier anyway is shown once, where it can be copied.
  const copyable = new Set(identifiers.map(([, value]) => String(value).toLowerCase()));
  const facts = detail.facts.filter(
    (fact) => !copyable.has(fact.value.toLowerCase()) && fact.label !== 'First seen' && fact.label !== 'Last seen',
  );
  return (
    <PageShell
      title={visibleText(entity.label)}
      purpose={label}
      heading={
        <div className={styles.heading}>
          <span className={styles.icon}>
            <Icon aria-label={label} />
          </span>
          <h1 className={styles.title} title={visibleText(entity.label)}>
            {visibleText(middle(entity.label, 160))}
          </h1>
        </div>
      }
      commands={
        <>
          <CopyButton value={copied} what={label.toLowerCase()} labelled />
          {entity.type === 'url' || entity.type === 'ip' ? (
            <CopyButton value={defang(copied)} what="defanged form" labelled />
          ) : null}
          {query ? (
            <HuntLink query={query} as="button">
              Hunt for this {label.toLowerCase()}
            </HuntLink>
          ) : null}
        </>
      }
    >
      <div className={styles.columns}>
        <Facts
          rows={[
            { label: 'First seen', value: <TimeText value={detail.firstSeen} mode="absolute" /> },
            { label: 'Last seen', value: <TimeText value={detail.lastSeen} mode="absolute" /> },
            ...facts.map((fact) => ({ label: fact.label, value: <FactValue fact={fact} /> })),
            ...identifiers.map(([name, value]) => ({
              label: words(name),
              value: <Identifier value={String(value)} what={words(name).toLowerCase()} wrap />,
            })),
          ]}
        />
        <div>
          <TabList
            className={styles.tabs}
            size="small"
            selectedValue={state.tab}
            onTabSelect={(_, data) => setState({ tab: data.value as (typeof TABS)[number] }, { push: true })}
          >
            <Tab value="observed">Observed in the organisation</Tab>
            <Tab value="work">Incidents and alerts ({detail.incidents.length + detail.alerts.length})</Tab>
          </TabList>
          {state.tab === 'work' ? (
            <RelatedWork incidents={detail.incidents} alerts={detail.alerts} entity={`${entity.type}:${entity.key}`} />
          ) : detail.observed.length === 0 ? (
            <EmptyState
              title="Not seen in the telemetry"
              reason="It is named by an alert or a link, but no row of the hunting tables holds it."
            />
          ) : (
            <SimpleTable
              label="Where it was seen"
              rows={detail.observed}
              rowKey={(row) => row.table}
              columns={[
                { id: 'table', header: 'Table', nowrap: true, render: (row) => row.table },
                {
                  id: 'rows',
                  header: 'Rows',
                  align: 'end',
                  render: (row) => <HuntLink query={row.huntingQuery}>{formatCount(row.rows)}</HuntLink>,
                },
                {
                  id: 'devices',
                  header: 'Devices',
                  render: (row) => (
                    <span className={styles.devices}>
                      {row.devices.length === 0 ? '–' : null}
                      {row.devices.map((device) => (
                        <span key={device.id}>
                          <Link to="/devices/$id" params={{ id: device.id }}>
                            {visibleText(device.name || device.id)}
                          </Link>{' '}
                          <Text size={200} className={styles.soft}>
                            {formatCount(device.rows)}
                          </Text>
                        </span>
                      ))}
                    </span>
                  ),
                },
              ]}
            />
          )}
        </div>
      </div>
    </PageShell>
  );
}
