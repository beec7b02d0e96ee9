import { Badge, Button } from '@fluentui/react-components';
import type { UserSession } from '@parapet/schema/wire';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';

/** "Firefox on Windows"; what is not known is shown as it is. */
export function browserName(userAgent: string): string {
  const browser = [
    ['Edge', /Edg\//],
    ['Firefox', /Firefox\//],
    ['Chrome', /Chrome\//],
    ['Safari', /Safari\//],
    ['curl', /^curl\//],
  ].find(([, pattern]) => (pattern as RegExp).test(userAgent))?.[0];
  const system = [
    ['Windows', /Windows/],
    ['Android', /Android/],
    ['iOS', /iPhone|iPad/],
    ['macOS', /Mac OS X/],
    ['Linux', /Linux/],
  ].find(([, pattern]) => (pattern as RegExp).test(userAgent))?.[0];
  if (!browser) return visibleText(userAgent.slice(0, 60)) || 'Unknown program';
  return system ? `${browser} on ${system}` : String(browser);
}

const METHODS: Readonly<Record<string, string>> = {
  password: 'Password',
  'password+totp': 'Password and code',
  'password+passkey': 'Password and passkey',
  'password+recoveryCode': 'Password and recovery code',
  passkey: 'Passkey',
  setup: 'Set-up link',
};

export function methodName(method: string): string {
  return METHODS[method] ?? visibleText(method.replace(/^oidc:/, ''));
}

/** Sessions of one person. */
export function SessionTable({
  sessions,
  onEnd,
}: {
  readonly sessions: readonly UserSession[];
  readonly onEnd: (id: string) => void;
}) {
  if (sessions.length === 0) return <EmptyState small title="Signed in nowhere" />;
  return (
    <SimpleTable<UserSession>
      label="Sessions"
      rows={sessions}
      rowKey={(row) => row.id}
      columns={[
        {
          id: 'browser',
          header: 'Browser',
          render: (row) => (
            <span title={visibleText(row.userAgent)}>
              {browserName(row.userAgent)} {row.current ? <Badge appearance="tint">This one</Badge> : null}
            </span>
          ),
        },
        { id: 'from', header: 'From', nowrap: true, render: (row) => row.remoteAddress || '–' },
        { id: 'method', header: 'Signed in with', render: (row) => methodName(row.method) },
        { id: 'since', header: 'Since', nowrap: true, render: (row) => <TimeText value={row.createdAt} /> },
        { id: 'seen', header: 'Last seen', nowrap: true, render: (row) => <TimeText value={row.lastSeenAt} /> },
        {
          id: 'do',
          header: 'Action',
          render: (row) =>
            row.current ? (
              '–'
            ) : (
              <Button size="small" aria-label={`End ${browserName(row.userAgent)}`} onClick={() => onEnd(row.id)}>
                End
              </Button>
            ),
        },
      ]}
    />
  );
}
