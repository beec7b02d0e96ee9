import { createHash } from 'node:crypto';
import type { Access } from '@parapet/access';
import type { AlertDraft } from '@parapet/detection';
import { type Evidence, makeEntity } from '@parapet/schema';
import type { Logger } from 'pino';

type Alarm = Parameters<Parameters<Access['onAlarm']>[0]>[0];

/** Turn alarms of signing in into alerts, so that they reach the people on watch the way everything else does. */
export function raiseAlarms(
  access: Access,
  sink: { accept(drafts: readonly AlertDraft[]): Promise<unknown> },
  log: Pick<Logger, 'error'>,
): void {
  access.onAlarm((alarm) => {
    void sink
      .accept([draftOf(alarm)])
      .catch((error: unknown) => log.error({ err: error }, 'The alert of a break-glass sign-in could not be raised'));
  });
}

function draftOf(alarm: Alarm): AlertDraft {
  const time = alarm.time.toISOString();
  const row = {
    Timestamp: time,
    ActionType: 'session.breakGlass',
    AccountName: alarm.username,
    IPAddress: alarm.remoteAddress,
    UserAgent: alarm.userAgent,
    SignInMethod: alarm.method,
  };
  const user = makeEntity('user', { accountName: alarm.username });
  const ip = makeEntity('ip', { ip: alarm.remoteAddress });
  const evidence: Evidence[] = [];
  if (user) evidence.push({ ...user, roles: ['compromised'] });
  if (ip) evidence.push({ ...ip, roles: ['source'] });
  return {
    dedupeKey: createHash('sha256').update(`break-glass:${alarm.sessionId}`).digest('hex'),
    ruleId: 'parapet-break-glass-sign-in',
    title: `Break-glass account ${alarm.username} signed in to Parapet`,
    description:
      'A break-glass account is for the day when nobody can sign in otherwise. Every use is reported, also an expected one.',
    severity: 'high',
    category: 'InitialAccess',
    techniques: ['T1078'],
    recommendedActions: [
      'Ask whoever keeps the account’s password whether they used it, and why.',
      'If nobody did, end the account’s sessions and change its password: parapet users reset-password.',
      'Read in the audit log what the account did.',
    ].join('\n'),
    serviceSource: 'microsoftSentinel',
    detectionSource: 'customDetection',
    productName: 'Parapet',
    evidence,
    processAncestors: [],
    events: [
      {
        table: 'ParapetAuditEvents',
        time,
        reportId: alarm.sessionId,
        deviceId: '',
        row,
        huntingQuery: `ParapetAuditEvents\n| where ActionType == 'session.breakGlass' and AccountName == '${alarm.username.replace(/['\\]/g, '\\$&')}'`,
      },
    ],
    eventCount: 1,
    firstActivity: time,
    lastActivity: time,
    ruleQuery: "ParapetAuditEvents\n| where ActionType == 'session.breakGlass'",
  };
}
