import {
  Button,
  CounterBadge,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  makeStyles,
  OverlayDrawer,
  ProgressBar,
  Switch,
  Text,
  Tooltip,
  tokens,
} from '@fluentui/react-components';
import { Alert20Regular } from '@fluentui/react-icons/svg/alert';
import { CheckmarkCircle20Regular } from '@fluentui/react-icons/svg/checkmark-circle';
import { Dismiss16Regular } from '@fluentui/react-icons/svg/dismiss';
import { ErrorCircle20Regular } from '@fluentui/react-icons/svg/error-circle';
import { Hourglass20Regular } from '@fluentui/react-icons/svg/hourglass';
import { Info20Regular } from '@fluentui/react-icons/svg/info';
import { Warning20Regular } from '@fluentui/react-icons/svg/warning';
import type { IncidentSummary, IngestSource, Job, Page } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api } from '../api/client.ts';
import { usePreference } from '../api/preferences.ts';
import { POLL_MS } from '../api/queryClient.ts';
import { useCan } from '../api/session.ts';
import { asItems } from '../api/users.ts';
import { HrefLink } from '../components/HrefLink.tsx';
import { TimeText } from '../components/TimeText.tsx';
import { useHotkey } from '../lib/hotkeys.ts';
import { visibleText } from '../lib/text.ts';
import { useNow } from '../lib/useNow.ts';
import { EmptyState } from './EmptyState.tsx';
import { dismiss, type Notice, type NoticeKind, type NoticeState, noticesOf, unread } from './notices.ts';

const useStyles = makeStyles({
  bell: { position: 'relative' },
  count: { position: 'absolute', top: '-2px', right: '-2px', pointerEvents: 'none' },
  list: { listStyle: 'none', margin: 0, padding: 0 },
  item: {
    display: 'grid',
    gridTemplateColumns: '24px minmax(0, 1fr) 32px',
    gap: '8px',
    padding: '10px 0',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  body: { overflowWrap: 'anywhere', display: 'block', unicodeBidi: 'plaintext' },
  soft: { color: tokens.colorNeutralForeground3 },
  good: { color: tokens.colorPaletteGreenForeground1 },
  bad: { color: tokens.colorPaletteRedForeground1 },
  warn: { color: tokens.colorPaletteDarkOrangeForeground1 },
  bar: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: '8px', flexWrap: 'wrap' },
});

const WORD: Readonly<Record<NoticeKind, string>> = {
  success: 'Done',
  ongoing: 'Ongoing',
  information: 'Information',
  warning: 'Warning',
  error: 'Error',
};

function KindIcon({ kind }: { readonly kind: NoticeKind }) {
  const styles = useStyles();
  const label = WORD[kind];
  if (kind === 'success') return <CheckmarkCircle20Regular className={styles.good} aria-label={label} />;
  if (kind === 'ongoing') return <Hourglass20Regular aria-label={label} />;
  if (kind === 'warning') return <Warning20Regular className={styles.warn} aria-label={label} />;
  if (kind === 'error') return <ErrorCircle20Regular className={styles.bad} aria-label={label} />;
  return <Info20Regular aria-label={label} />;
}

/** Asks what the panel shows, every fifteen seconds. What someone may not see is not asked for. */
function useNotices(): readonly Notice[] {
  const mayRead = useCan('SecData.Read');
  const maySettings = useCan('Sys.Read');
  const now = useNow();
  const list = (search: Record<string, string>) => ({
    queryKey: ['/api/incidents', 'notices', search],
    queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
      api.get<Page<IncidentSummary>>(
        '/api/incidents',
        { ...search, status: 'active,inProgress', pageSize: '20' },
        signal,
      ),
    refetchInterval: POLL_MS,
    enabled: mayRead,
  });
  const incidents = useQuery(list({ sort: '-createdAt' })).data?.items;
  const mine = useQuery(list({ sort: '-lastUpdate', assignedTo: 'me' })).data?.items;
  const jobs = useQuery({
    queryKey: ['/api/jobs', 'list'],
    queryFn: ({ signal }) => api.get<{ items: readonly Job[] }>('/api/jobs', undefined, signal),
    refetchInterval: POLL_MS,
    enabled: mayRead,
  }).data?.items;
  const sources = useQuery({
    queryKey: ['/api/ingest/sources'],
    queryFn: async ({ signal }) =>
      asItems(
        await api.get<readonly IngestSource[] | { items: readonly IngestSource[] }>(
          '/api/ingest/sources',
          undefined,
          signal,
        ),
      ),
    refetchInterval: POLL_MS * 4,
    enabled: maySettings,
  }).data;
  const engine = useQuery({
    queryKey: ['/api/store/health'],
    queryFn: ({ signal }) => api.get('/api/store/health', undefined, signal),
    refetchInterval: POLL_MS,
    enabled: mayRead,
  }).data?.lastRestart;
  return useMemo(
    () => noticesOf({ incidents, mine, jobs, sources, engine }, now),
    [incidents, mine, jobs, sources, engine, now],
  );
}

const START: NoticeState = { seenAt: '', dismissed: [] };

/** The bell: how many are new, and the panel with all of the last thirty days. */
export function Notifications() {
  const styles = useStyles();
  const notices = useNotices();
  const [state, setState] = usePreference<NoticeState>('notifications', START);
  const [open, setOpen] = useState(false);
  const [all, setAll] = useState(false);
  const fresh = unread(notices, state);
  const show = () => {
    setOpen(true);
    setState({ ...state, seenAt: new Date().toISOString() });
  };
  useHotkey('g n', 'Notifications', 'Go to', show);
  const put = new Set(state.dismissed);
  const shown = notices.filter(({ id }) => all || !put.has(id));
  return (
    <>
      <Tooltip content="Notifications" relationship="description">
        <Button
          appearance="subtle"
          className={styles.bell}
          aria-label={fresh ? `Notifications, ${fresh} new` : 'Notifications'}
          icon={<Alert20Regular />}
          onClick={show}
        />
      </Tooltip>
      {fresh ? (
        <span style={{ position: 'relative', width: 0, height: 20 }} aria-hidden="true">
          <CounterBadge className={styles.count} count={fresh} overflowCount={99} size="small" color="danger" />
        </span>
      ) : null}
      <OverlayDrawer open={open} position="end" size="small" onOpenChange={(_, data) => setOpen(data.open)}>
        <DrawerHeader>
          <DrawerHeaderTitle
            action={
              <Button
                appearance="subtle"
                aria-label="Close notifications"
                icon={<Dismiss16Regular />}
                onClick={() => setOpen(false)}
              />
            }
          >
            Notifications
          </DrawerHeaderTitle>
          <div className={styles.bar}>
            <Switch checked={all} onChange={(_, data) => setAll(data.checked)} label="Show dismissed" />
            <Button
              size="small"
              disabled={shown.every(({ id }) => put.has(id))}
              onClick={() =>
                setState(
                  dismiss(
                    state,
                    notices.map(({ id }) => id),
                  ),
                )
              }
            >
              Dismiss all
            </Button>
          </div>
        </DrawerHeader>
        <DrawerBody>
          {shown.length === 0 ? (
            <EmptyState
              small
              title="Nothing new"
              reason="New incidents, long work and failing sources are told here."
            />
          ) : (
            <ul className={styles.list} aria-live="polite" aria-label="Notifications">
              {shown.map((notice) => (
                <li key={notice.id} className={styles.item}>
                  <KindIcon kind={notice.kind} />
                  <span>
                    {notice.href ? (
                      <HrefLink href={notice.href} onClick={() => setOpen(false)}>
                        {visibleText(notice.title)}
                      </HrefLink>
                    ) : (
                      <Text weight="semibold">{visibleText(notice.title)}</Text>
                    )}
                    <Text size={200} className={styles.body}>
                      {visibleText(notice.body)}
                    </Text>
                    {notice.kind === 'ongoing' ? (
                      <ProgressBar
                        aria-label={notice.title}
                        {...(typeof notice.progress === 'number' ? { value: notice.progress } : {})}
                      />
                    ) : null}
                    <Text size={200} className={styles.soft}>
                      <TimeText value={notice.time} />
                    </Text>
                  </span>
                  {put.has(notice.id) ? (
                    <span />
                  ) : (
                    <Button
                      size="small"
                      appearance="subtle"
                      aria-label={`Dismiss: ${visibleText(notice.title)}`}
                      icon={<Dismiss16Regular />}
                      onClick={() => setState(dismiss(state, [notice.id]))}
                    />
                  )}
                </li>
              ))}
            </ul>
          )}
        </DrawerBody>
      </OverlayDrawer>
    </>
  );
}
