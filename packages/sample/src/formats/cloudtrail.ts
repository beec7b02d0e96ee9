import type { Random } from '../prng.ts';

export const CLOUDTRAIL_INDEX = 'aws-cloudtrail';

/** `userIdentity` of a CloudTrail record. */
export type UserIdentity = Readonly<Record<string, unknown>>;

export interface CloudAccount {
  readonly id: string;
  readonly alias: string;
  readonly region: string;
}

/** Who calls, from where, with which client. */
export interface Caller {
  readonly identity: UserIdentity;
  readonly account: CloudAccount;
  readonly ip: string;
  readonly agent: string;
  /** `AwsServiceEvent` callers have no TLS details. */
  readonly service?: boolean;
}

export interface Call {
  readonly source: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly region?: string;
  readonly request?: unknown;
  readonly response?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
  readonly data?: boolean;
  readonly resources?: readonly { readonly ARN: string; readonly accountId?: string; readonly type: string }[];
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly type?: 'AwsApiCall' | 'AwsConsoleSignIn' | 'AwsServiceEvent';
}

/** Text of one CloudTrail record, as it stands inside `Records` of a delivered file. */
export function cloudTrailRecord(random: Random, at: number, caller: Caller, call: Call): string {
  const region = call.region ?? (GLOBAL.has(call.source) ? 'us-east-1' : caller.account.region);
  const host = GLOBAL.has(call.source) ? `${call.source}.amazonaws.com` : `${call.source}.${region}.amazonaws.com`;
  return JSON.stringify({
    eventVersion: '1.10',
    userIdentity: caller.identity,
    eventTime: `${new Date(at).toISOString().slice(0, 19)}Z`,
    eventSource: `${call.source}.amazonaws.com`,
    eventName: call.name,
    awsRegion: region,
    sourceIPAddress: caller.ip,
    userAgent: caller.agent,
    ...(call.error ? { errorCode: call.error.code, errorMessage: call.error.message } : {}),
    requestParameters: call.request ?? null,
    responseElements: call.response ?? null,
    ...(call.extra ? { additionalEventData: call.extra } : {}),
    requestID: random.uuid(),
    eventID: random.uuid(),
    readOnly: call.readOnly,
    ...(call.resources ? { resources: call.resources } : {}),
    eventType: call.type ?? 'AwsApiCall',
    managementEvent: call.data !== true,
    recipientAccountId: caller.account.id,
    eventCategory: call.data === true ? 'Data' : 'Management',
    ...(caller.service
      ? {}
      : {
          tlsDetails: { tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', clientProvidedHostHeader: host },
        }),
  });
}

/** Services whose events carry the region us-east-1 wherever they are called from. */
const GLOBAL = new Set(['iam', 'sts', 'signin', 'route53', 'cloudfront', 'organizations']);

/** An IAM user as it appears when it calls with an access key, or in the console when `key` is left out. */
export function iamUser(
  account: CloudAccount,
  name: string,
  principal: string,
  key?: string,
  session?: { mfa: boolean; since: number },
): UserIdentity {
  return {
    type: 'IAMUser',
    principalId: principal,
    arn: `arn:aws:iam::${account.id}:user/${name}`,
    accountId: account.id,
    ...(key === undefined ? {} : { accessKeyId: key }),
    userName: name,
    ...(session === undefined
      ? {}
      : {
          sessionContext: {
            attributes: {
              creationDate: `${new Date(session.since).toISOString().slice(0, 19)}Z`,
              mfaAuthenticated: String(session.mfa),
            },
          },
        }),
  };
}

/** A role session. `since` is when the session began, milliseconds since the epoch. */
export function assumedRole(
  account: CloudAccount,
  role: { name: string; principal: string; path?: string },
  session: { name: string; key: string; since: number; mfa?: boolean },
): UserIdentity {
  return {
    type: 'AssumedRole',
    principalId: `${role.principal}:${session.name}`,
    arn: `arn:aws:sts::${account.id}:assumed-role/${role.name}/${session.name}`,
    accountId: account.id,
    accessKeyId: session.key,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: role.principal,
        arn: `arn:aws:iam::${account.id}:role/${role.path ?? ''}${role.name}`,
        accountId: account.id,
        userName: role.name,
      },
      attributes: {
        creationDate: `${new Date(session.since).toISOString().slice(0, 19)}Z`,
        mfaAuthenticated: String(session.mfa ?? false),
      },
    },
  };
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A unique id with the prefix of its kind: AIDA user, AROA role, AKIA long-lived key, ASIA session key. */
export function awsId(random: Random, prefix: 'AIDA' | 'AROA' | 'AKIA' | 'ASIA'): string {
  return prefix + random.text(BASE32, 16);
}
