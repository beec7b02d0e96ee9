import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Switch,
  tokens,
} from '@fluentui/react-components';
import { PlugConnected20Regular } from '@fluentui/react-icons/svg/plug-connected';
import type { IntelFeed, IntelFeedInput } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { ApiError, api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { notify } from '../../components/Notifier.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px' },
  pair: { display: 'grid', gridTemplateColumns: '1fr 1fr', gap: '12px' },
  actions: { display: 'flex', gap: '6px', flexWrap: 'wrap' },
  bad: { color: tokens.colorPaletteRedForeground1 },
});

/** TAXII collections that are asked for news. */
export function FeedsTab({ purpose, tabs }: { readonly purpose: string; readonly tabs: ReactNode }) {
  const styles = useStyles();
  const client = useQueryClient();
  const canManage = useCan('DetTune.Manage');
  const [open, setOpen] = useState<IntelFeed | 'new' | undefined>();
  const [removing, setRemoving] = useState<IntelFeed>();
  const feeds = useQuery({
    queryKey: ['/api/intel/feeds'],
    queryFn: ({ signal }) => api.get('/api/intel/feeds', undefined, signal),
    refetchInterval: 15_000,
  });
  const refresh = () => void client.invalidateQueries({ queryKey: ['/api/intel/feeds'] });
  const poll = async (feed: IntelFeed) => {
    try {
      await api.post(`/api/intel/feeds/${encodeURIComponent(feed.id)}/poll`);
      notify.info(`Asking ${feed.name} for news`);
    } catch (error) {
      notify.failure('The feed was not asked', error);
    }
  };
  return (
    <PageShell
      title="Threat intelligence"
      purpose={purpose}
      filters={tabs}
      commands={
        canManage ? (
          <Button appearance="primary" onClick={() => setOpen('new')}>
            Add a feed
          </Button>
        ) : undefined
      }
    >
      <Loaded query={feeds} what="the feeds">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={PlugConnected20Regular}
              title="No feeds yet"
              reason="A feed is a collection of a TAXII 2.1 server; what it publishes becomes indicators."
              action={canManage ? <Button onClick={() => setOpen('new')}>Add a feed</Button> : undefined}
            />
          ) : (
            <SimpleTable
              label="Feeds"
              rows={items}
              rowKey={(feed) => feed.id}
              columns={[
                { id: 'name', header: 'Feed', render: (feed) => visibleText(feed.name) },
                {
                  id: 'url',
                  header: 'Address',
                  minWidth: 200,
                  render: (feed) => visibleText(`${feed.url} · ${feed.collection}`),
                },
                {
                  id: 'every',
                  header: 'Asked every',
                  nowrap: true,
                  render: (feed) => (feed.enabled ? `${feed.everyMinutes} min` : 'Off'),
                },
                { id: 'count', header: 'Indicators', align: 'end', render: (feed) => formatCount(feed.indicators) },
                {
                  id: 'last',
                  header: 'Last asked',
                  nowrap: true,
                  render: (feed) => (feed.lastPoll ? <TimeText value={feed.lastPoll} /> : 'Never'),
                },
                {
                  id: 'state',
                  header: 'State',
                  minWidth: 160,
                  render: (feed) =>
                    feed.lastError ? (
                      <span className={styles.bad}>{visibleText(feed.lastError)}</span>
                    ) : feed.lastPoll ? (
                      'Good'
                    ) : (
                      '–'
                    ),
                },
                {
                  id: 'actions',
                  header: '',
                  render: (feed) =>
                    canManage ? (
                      <div className={styles.actions}>
                        <Button size="small" onClick={() => void poll(feed)}>
                          Ask now
                        </Button>
                        <Button size="small" onClick={() => setOpen(feed)}>
                          Edit
                        </Button>
                        <Button size="small" onClick={() => setRemoving(feed)}>
                          Remove
                        </Button>
                      </div>
                    ) : null,
                },
              ]}
            />
          )
        }
      </Loaded>
      {open ? (
        <FeedDialog {...(open === 'new' ? {} : { feed: open })} onClose={() => setOpen(undefined)} onDone={refresh} />
      ) : null}
      <ConfirmDialog
        open={removing !== undefined}
        onClose={() => setRemoving(undefined)}
        title={`Remove the feed ${visibleText(removing?.name ?? '')}?`}
        action="Remove feed"
        failure="The feed was not removed"
        onConfirm={async () => {
          await api.delete(`/api/intel/feeds/${encodeURIComponent(removing?.id ?? '')}`);
          refresh();
        }}
      >
        Its indicators stay until they expire.
      </ConfirmDialog>
    </PageShell>
  );
}

function FeedDialog({
  feed,
  onClose,
  onDone,
}: {
  readonly feed?: IntelFeed;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const styles = useStyles();
  const [input, setInput] = useState<IntelFeedInput>({
    name: feed?.name ?? '',
    url: feed?.url ?? '',
    collection: feed?.collection ?? '',
    username: feed?.username ?? '',
    everyMinutes: feed?.everyMinutes ?? 60,
    enabled: feed?.enabled ?? true,
  });
  const [secret, setSecret] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const set = (part: Partial<IntelFeedInput>) => setInput((before) => ({ ...before, ...part }));
  const bad = !(Number.isInteger(input.everyMinutes) && input.everyMinutes >= 1 && input.everyMinutes <= 1440);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure('');
    const body = { ...input, ...(secret ? { secret } : {}) };
    try {
      if (feed) await api.put(`/api/intel/feeds/${encodeURIComponent(feed.id)}`, body);
      else await api.post('/api/intel/feeds', body);
      onDone();
      onClose();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure([error.message, error.hint].filter(Boolean).join(' '));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open modalType="modal" onOpenChange={(_, data) => !data.open && !busy && onClose()}>
      <DialogSurface style={{ maxWidth: 580 }}>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>{feed ? 'Edit the feed' : 'Add a TAXII feed'}</DialogTitle>
            <DialogContent className={styles.stack}>
              <Field label="Name" required>
                <Input value={input.name} maxLength={100} onChange={(_, data) => set({ name: data.value })} />
              </Field>
              <Field label="API root" required hint="As the provider gives it, such as https://taxii.example.com/api1/">
                <Input type="url" value={input.url} onChange={(_, data) => set({ url: data.value })} />
              </Field>
              <div className={styles.pair}>
                <Field label="Collection" required hint="Its id">
                  <Input value={input.collection} onChange={(_, data) => set({ collection: data.value })} />
                </Field>
                <Field
                  label="Ask every (minutes)"
                  {...(bad ? { validationMessage: '1 to 1440', validationState: 'error' as const } : {})}
                >
                  <Input
                    type="number"
                    min={1}
                    max={1440}
                    value={String(input.everyMinutes)}
                    onChange={(_, data) => set({ everyMinutes: Number(data.value) })}
                  />
                </Field>
                <Field label="User name" hint="Empty when the secret is a token">
                  <Input
                    value={input.username ?? ''}
                    autoComplete="off"
                    onChange={(_, data) => set({ username: data.value })}
                  />
                </Field>
                <Field label="Password or token" hint={feed?.hasSecret ? 'Empty keeps the stored one' : undefined}>
                  <Input
                    type="password"
                    value={secret}
                    autoComplete="new-password"
                    onChange={(_, data) => setSecret(data.value)}
                  />
                </Field>
              </div>
              <Switch
                checked={input.enabled}
                label="Ask for news"
                onChange={(_, data) => set({ enabled: data.checked })}
              />
              {failure ? (
                <MessageBar intent="error">
                  <MessageBarBody>{visibleText(failure)}</MessageBarBody>
                </MessageBar>
              ) : null}
            </DialogContent>
            <DialogActions>
              <Button disabled={busy} onClick={onClose}>
                Cancel
              </Button>
              <Button
                appearance="primary"
                type="submit"
                disabled={busy || bad || !input.name.trim() || !input.url.trim() || !input.collection.trim()}
              >
                {feed ? 'Save' : 'Add'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
