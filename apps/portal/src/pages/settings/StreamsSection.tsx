import { Badge, Button, Switch, Tooltip } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons/svg/add';
import { Stream24Regular } from '@fluentui/react-icons/svg/stream';
import type { Stream, StreamSettings } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { notify } from '../../components/Notifier.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { Section } from './Section.tsx';
import { StreamDialog } from './StreamDialog.tsx';

interface StreamList {
  readonly items: readonly Stream[];
  readonly max: number;
  readonly tables: readonly string[];
}

/** Tables, alerts and incidents on their way to other systems. */
export function StreamsSection() {
  const client = useQueryClient();
  const canManage = useCan('Data.Manage');
  const [editing, setEditing] = useState<Stream | 'new'>();
  const [removing, setRemoving] = useState<Stream>();
  const streams = useQuery({
    queryKey: ['/api/streams'],
    queryFn: ({ signal }) => api.get<StreamList>('/api/streams', undefined, signal),
    refetchInterval: 10_000,
  });
  const reload = () => client.invalidateQueries({ queryKey: ['/api/streams'] });
  const toggle = async (stream: Stream, enabled: boolean) => {
    try {
      await api.patch(`/api/streams/${encodeURIComponent(stream.id)}`, { enabled });
      await reload();
    } catch (error) {
      notify.failure('The stream was not changed', error);
    }
  };
  const full = (streams.data?.items.length ?? 0) >= (streams.data?.max ?? 1);
  return (
    <Section
      title="Streaming"
      purpose="New rows of chosen tables, and changed alerts and incidents, are sent on to files, HTTP, syslog or NATS. Each record arrives at least once and carries a sequence; after a restart a stream goes on where it stopped."
      command={
        canManage ? (
          <Button
            size="small"
            appearance="primary"
            icon={<Add20Regular />}
            disabled={full}
            title={full ? `At most ${streams.data?.max ?? 0} streams` : undefined}
            onClick={() => setEditing('new')}
          >
            Add a stream
          </Button>
        ) : undefined
      }
    >
      <Loaded query={streams} what="The streams">
        {(data) =>
          data.items.length === 0 ? (
            <EmptyState
              icon={Stream24Regular}
              title="No streams"
              reason="Nothing is sent on. A stream begins with what arrives after it was made."
            />
          ) : (
            <SimpleTable<Stream>
              label="Streams"
              rows={data.items}
              rowKey={(row) => row.id}
              columns={[
                { id: 'name', header: 'Name', render: (row) => visibleText(row.name) },
                { id: 'to', header: 'To', render: (row) => visibleText(target(row.settings)) },
                {
                  id: 'tables',
                  header: 'Tables',
                  render: (row) =>
                    row.tables.length > 3 ? (
                      <Tooltip content={row.tables.join(', ')} relationship="description">
                        <span>{row.tables.length} tables</span>
                      </Tooltip>
                    ) : (
                      row.tables.join(', ')
                    ),
                },
                { id: 'sent', header: 'Sent', nowrap: true, render: (row) => row.sent.toLocaleString('en') },
                {
                  id: 'last',
                  header: 'Last sent',
                  nowrap: true,
                  render: (row) => (row.lastSentAt ? <TimeText value={row.lastSentAt} /> : 'Never'),
                },
                {
                  id: 'state',
                  header: 'State',
                  render: (row) =>
                    row.lastError ? (
                      <Tooltip content={row.lastError} relationship="description">
                        <Badge appearance="tint" color="danger" tabIndex={0}>
                          Not delivered
                        </Badge>
                      </Tooltip>
                    ) : row.enabled ? (
                      <Badge appearance="tint" color="success">
                        Running
                      </Badge>
                    ) : (
                      <Badge appearance="tint">Paused</Badge>
                    ),
                },
                {
                  id: 'do',
                  header: 'Actions',
                  render: (row) =>
                    canManage ? (
                      <span style={{ display: 'inline-flex', gap: 4, alignItems: 'center', flexWrap: 'wrap' }}>
                        <Switch
                          aria-label={`${row.name} runs`}
                          checked={row.enabled}
                          onChange={(_, data) => void toggle(row, data.checked)}
                        />
                        <Button size="small" aria-label={`Change ${row.name}`} onClick={() => setEditing(row)}>
                          Change
                        </Button>
                        <Button size="small" aria-label={`Remove ${row.name}`} onClick={() => setRemoving(row)}>
                          Remove
                        </Button>
                      </span>
                    ) : (
                      'Needs Data.Manage'
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {editing && streams.data ? (
        <StreamDialog
          stream={editing === 'new' ? undefined : editing}
          tables={streams.data.tables}
          onClose={() => setEditing(undefined)}
          onSaved={() => {
            setEditing(undefined);
            void reload();
          }}
        />
      ) : null}
      {removing ? (
        <ConfirmDialog
          open
          onClose={() => setRemoving(undefined)}
          title={`Remove the stream “${removing.name}”?`}
          action="Remove stream"
          failure="The stream was not removed"
          onConfirm={async () => {
            await api.delete(`/api/streams/${encodeURIComponent(removing.id)}`);
            await reload();
            notify.success('Stream removed', removing.name);
          }}
        >
          Nothing more is sent. A new stream begins anew, so what arrives in between is not sent. To stop for a while,
          switch it off instead.
        </ConfirmDialog>
      ) : null}
    </Section>
  );
}

function target(settings: StreamSettings): string {
  switch (settings.kind) {
    case 'file':
      return `Files in streams/${settings.folder}`;
    case 'http':
      return settings.url;
    case 'syslog':
      return `syslog ${settings.host}:${settings.port}${settings.tls ? ' over TLS' : ''}, ${settings.format.toUpperCase()}`;
    case 'nats':
      return `NATS ${settings.host}:${settings.port}, ${settings.subject}`;
  }
}
