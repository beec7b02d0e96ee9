import { makeStyles, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import { ENTITY_TYPES, type EntityDetail, type EntityRisk, type EntityType } from '@parapet/schema/wire';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { Link, Navigate, useParams } from '@tanstack/react-router';
import * as v from 'valibot';
import { ApiError, api } from '../../api/client.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { ENTITY_ICON } from '../../components/EntityChip.tsx';
import { Facts } from '../../components/Facts.tsx';
import { Identifier } from '../../components/Mono.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { MarksBar, NotesPanel, useMarks } from '../../features/entity-marks/index.ts';
import { hasRisk, RiskPanel, useRisk } from '../../features/entity-risk/index.ts';
import { Timeline } from '../../features/entity-timeline/index.ts';
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
import { prevalenceText, Relations, useRelations } from './Relations.tsx';

const TABS = ['observed', 'work', 'timeline', 'related', 'notes'] as const;
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
  tabs: { padding: '0 14px', flexShrink: 0 },
  body: {
    flexGrow: 1,
    minHeight: 0,
    overflow: 'auto',
    padding: '14px 24px 24px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  timeline: { display: 'flex', flexGrow: 1, minHeight: 0, borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
  h2: { margin: '0 0 10px' },
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
  const { type, key } = entity;
  const marks = useMarks(type, key);
  const risk = useRisk(type, key);
  const relations = useRelations(type, key);
  const Icon = ENTITY_ICON[type];
  const label = ENTITY_LABEL[type];
  const query = entityQuery(entity);
  const copied = entityCopyText(entity);
  const common = relations.data && prevalenceText(relations.data);
  const notes = marks.detail?.notes.length ?? 0;
  const name = visibleText(entity.label);
  return (
    <PageShell
      title={name}
      purpose={common ? `${label}. ${common}.` : label}
      heading={
        <div className={styles.heading}>
          <span className={styles.icon}>
            <Icon aria-label={label} />
          </span>
          <h1 className={styles.title} title={name}>
            {visibleText(middle(entity.label, 160))}
          </h1>
        </div>
      }
      commands={
        <>
          <CopyButton value={copied} what={label.toLowerCase()} labelled />
          {type === 'url' || type === 'ip' ? <CopyButton value={defang(copied)} what="defanged form" labelled /> : null}
          {query ? (
            <HuntLink query={query} as="button">
              Hunt for this {label.toLowerCase()}
            </HuntLink>
          ) : null}
        </>
      }
      filters={<MarksBar marks={marks} risk={risk.data} />}
      fill
    >
      <TabList
        className={styles.tabs}
        size="small"
        selectedValue={state.tab}
        onTabSelect={(_, data) => setState({ tab: data.value as (typeof TABS)[number] }, { push: true })}
      >
        <Tab value="observed">Overview</Tab>
        <Tab value="work">Incidents and alerts ({formatCount(detail.incidents.length + detail.alertCount)})</Tab>
        <Tab value="timeline">Timeline</Tab>
        <Tab value="related">Related</Tab>
        <Tab value="notes">Notes{notes ? ` (${notes})` : ''}</Tab>
      </TabList>
      {state.tab === 'timeline' ? (
        <div className={styles.timeline}>
          <Timeline type={type} id={key} name={name} />
        </div>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className={styles.body} aria-label={name} tabIndex={0} key={state.tab}>
          {state.tab === 'work' ? (
            <RelatedWork incidents={detail.incidents} alerts={detail.alerts} entity={`${type}:${key}`} />
          ) : state.tab === 'related' ? (
            <Relations type={type} id={key} />
          ) : state.tab === 'notes' ? (
            <NotesPanel marks={marks} draftKey={`${type}:${key}`} />
          ) : (
            <Overview detail={detail} risk={risk} />
          )}
        </section>
      )}
    </PageShell>
  );
}

function Overview({ detail, risk }: { readonly detail: EntityDetail; readonly risk: UseQueryResult<EntityRisk> }) {
  const styles = useStyles();
  const { entity } = detail;
  // What is an identifier gets a copy button; it then need not stand there twice.
  const identifiers = Object.entries(entity.fields).filter(([, value]) => value !== undefined && value !== '');
  const copyable = new Set(identifiers.map(([, value]) => String(value).toLowerCase()));
  const facts = detail.facts.filter(
    (fact) => !copyable.has(fact.value.toLowerCase()) && fact.label !== 'First seen' && fact.label !== 'Last seen',
  );
  return (
    <div className={styles.columns}>
      <Facts
        rows={[
          detail.device
            ? {
                label: 'Same machine',
                value: (
                  <Link to="/devices/$id" params={{ id: detail.device.id }}>
                    {visibleText(detail.device.name)}
                  </Link>
                ),
              }
            : undefined,
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
        {hasRisk(entity.type) ? <RiskPanel query={risk} /> : null}
        <Text as="h2" weight="semibold" size={400} block className={styles.h2}>
          Seen in the organisation
        </Text>
        {detail.observed.length === 0 ? (
          <EmptyState
            title="Not seen in the telemetry"
            reason="It is named by an alert or a link, but no stored row holds it: it was never sent, or its rows have passed their retention."
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
  );
}
