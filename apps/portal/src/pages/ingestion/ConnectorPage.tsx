import { Button, makeStyles, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import type { ConnectorDetail } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import * as v from 'valibot';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { Tag } from '../../components/Badges.tsx';
import { CodeBlock } from '../../components/CodeBlock.tsx';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Facts, PaneSection } from '../../components/Facts.tsx';
import { notify } from '../../components/Notifier.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { kqlString } from '../../lib/entity.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { PageSkeleton } from '../../shell/Skeletons.tsx';
import { ConnectorEditor } from './parts/ConnectorEditor.tsx';
import { CONNECTOR_TEMPLATE, TEMPLATE_RECORD } from './template.ts';

const TABS = ['overview', 'definition'] as const;
const schema = v.object({ tab: url.choice(TABS, 'overview') });
const crumbs = [{ label: 'Connectors', to: '/ingestion?tab=connectors' }];

const useStyles = makeStyles({
  tabs: { padding: '0 14px', flexShrink: 0 },
  body: {
    flexGrow: 1,
    minHeight: 0,
    overflow: 'auto',
    padding: '14px 24px 24px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  editor: { flexGrow: 1, minHeight: 0, display: 'flex', borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
  heading: { display: 'flex', alignItems: 'center', gap: '12px', flexWrap: 'wrap', minWidth: 0 },
  title: {
    margin: 0,
    fontSize: tokens.fontSizeBase500,
    lineHeight: tokens.lineHeightBase500,
    fontWeight: tokens.fontWeightSemibold,
    overflowWrap: 'anywhere',
  },
  narrow: { maxWidth: '860px' },
  tables: { display: 'flex', flexWrap: 'wrap', gap: '4px 12px' },
  steps: { display: 'flex', flexDirection: 'column', gap: '14px' },
});

/** A connector: what it reads and fills, its file, and the place to change and try it. */
export function ConnectorPage() {
  const { id = '' } = useParams({ strict: false });
  const connector = useQuery({
    queryKey: ['/api/ingest/connectors', id],
    queryFn: ({ signal }) => api.get(`/api/ingest/connectors/${encodeURIComponent(id)}`, undefined, signal),
  });
  if (!connector.data)
    return connector.isError ? (
      <PageShell title="Connector" crumbs={crumbs}>
        <ErrorState
          error={connector.error}
          title="The connector could not be loaded"
          onRetry={() => void connector.refetch()}
          action={<Link to="/ingestion">Go to the connectors</Link>}
        />
      </PageShell>
    ) : (
      <PageSkeleton />
    );
  return <ConnectorView key={connector.data.id} connector={connector.data} />;
}

/** A connector that does not exist yet. */
export function NewConnectorPage() {
  const styles = useStyles();
  const navigate = useNavigate();
  return (
    <PageShell
      title="New connector"
      crumbs={crumbs}
      purpose="Write which records it takes and which rows they become, try it on pasted records, install it. Nothing restarts."
      fill
    >
      <div className={styles.editor}>
        <ConnectorEditor
          initialText={CONNECTOR_TEMPLATE}
          initialRecords={TEMPLATE_RECORD}
          onInstalled={(id) => void navigate({ to: '/ingestion/connectors/$id', params: { id } })}
        />
      </div>
    </PageShell>
  );
}

function ConnectorView({ connector }: { readonly connector: ConnectorDetail }) {
  const styles = useStyles();
  const [state, setState] = useUrlState(schema);
  const canManage = useCan('Data.Manage');
  const client = useQueryClient();
  const navigate = useNavigate();
  const [removing, setRemoving] = useState(false);
  const title = visibleText(connector.title);
  return (
    <PageShell
      title={title}
      crumbs={crumbs}
      heading={
        <div className={styles.heading}>
          <h1 className={styles.title}>{title}</h1>
          <Tag>{connector.installed ? (connector.builtIn ? 'Changed here' : 'Installed here') : 'Built in'}</Tag>
        </div>
      }
      purpose={visibleText(connector.description)}
      commands={
        <>
          <HuntLink
            query={`ParapetRawEvents\n| where Connector == ${kqlString(connector.id)}\n| sort by TimeGenerated desc\n| take 100`}
            as="button"
          >
            Hunt its events
          </HuntLink>
          {canManage && connector.installed ? (
            <Button size="small" onClick={() => setRemoving(true)}>
              {connector.builtIn ? 'Go back to the built-in one' : 'Remove'}
            </Button>
          ) : null}
        </>
      }
      fill
    >
      <TabList
        className={styles.tabs}
        size="small"
        selectedValue={state.tab}
        onTabSelect={(_, data) => setState({ tab: data.value as (typeof TABS)[number] }, { push: true })}
      >
        <Tab value="overview">Overview</Tab>
        <Tab value="definition">Definition and test</Tab>
      </TabList>
      {state.tab === 'definition' ? (
        <div className={styles.editor}>
          <ConnectorEditor
            key={`${connector.id}:${connector.versions[0]?.version ?? 0}`}
            initialText={connector.text}
            initialRecords=""
            connector={connector}
            onInstalled={(id) => {
              void client.invalidateQueries({ queryKey: ['/api/ingest/connectors'] });
              if (id !== connector.id) void navigate({ to: '/ingestion/connectors/$id', params: { id } });
            }}
          />
        </div>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className={styles.body} aria-label={title} tabIndex={0}>
          <div className={styles.narrow}>
            <Facts
              rows={[
                { label: 'Vendor', value: visibleText(connector.vendor) },
                { label: 'Id', value: connector.id },
                {
                  label: 'Fills',
                  value: (
                    <span className={styles.tables}>
                      {connector.tables.map((table) => (
                        <HuntLink key={table} query={`${table}\n| take 10`}>
                          {table}
                        </HuntLink>
                      ))}
                    </span>
                  ),
                },
                { label: 'Events', value: formatCount(connector.events) },
                /^https?:\/\//.test(connector.docs) && {
                  label: 'Format',
                  value: (
                    <a href={connector.docs} target="_blank" rel="noreferrer noopener">
                      {visibleText(connector.docs)}
                    </a>
                  ),
                },
              ]}
            />
            {connector.setup.length > 0 ? (
              <PaneSection title="How to send it">
                <div className={styles.steps}>
                  {connector.setup.map((step) => (
                    <div key={step.title}>
                      <Text block weight="semibold" style={{ marginBottom: 6 }}>
                        {step.title}
                      </Text>
                      <CodeBlock
                        text={step.text.replaceAll('{{url}}', window.location.origin).replaceAll('{{key}}', 'YOUR-KEY')}
                        what={`${step.title} configuration`}
                      />
                    </div>
                  ))}
                </div>
              </PaneSection>
            ) : null}
          </div>
        </section>
      )}
      {removing ? (
        <ConfirmDialog
          open
          onClose={() => setRemoving(false)}
          title={connector.builtIn ? 'Go back to the built-in connector?' : `Remove the connector “${title}”?`}
          action={connector.builtIn ? 'Use the built-in one' : 'Remove connector'}
          failure="The connector was not changed"
          onConfirm={async () => {
            await api.delete(`/api/ingest/connectors/${encodeURIComponent(connector.id)}`);
            await client.invalidateQueries({ queryKey: ['/api/ingest/connectors'] });
            notify.success(connector.builtIn ? 'The built-in connector is in use' : 'Connector removed', title);
            if (!connector.builtIn) void navigate({ to: '/ingestion', search: { tab: 'connectors' } as never });
          }}
        >
          {connector.builtIn
            ? 'Your changes are no longer used. Rows they wrote stay.'
            : 'Its records are kept raw from now on, unless another connector takes them. Rows it wrote stay.'}
        </ConfirmDialog>
      ) : null}
    </PageShell>
  );
}
