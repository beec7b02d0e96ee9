import { assumedRole, awsId, type Caller, type CloudAccount, iamUser } from '../formats/cloudtrail.ts';
import { Random } from '../prng.ts';
import type { Organisation, Person } from './org.ts';

/** Account numbers that the vendor's own documentation uses for examples. */
export const PRODUCTION: CloudAccount = { id: '111122223333', alias: 'northmoor-production', region: 'eu-west-1' };
export const DEVELOPMENT: CloudAccount = { id: '444455556666', alias: 'northmoor-development', region: 'eu-west-1' };
export const ACCOUNTS: readonly CloudAccount[] = [PRODUCTION, DEVELOPMENT];

export interface Role {
  readonly name: string;
  readonly principal: string;
  readonly path?: string;
}

export interface IamUser {
  readonly name: string;
  readonly principal: string;
  readonly key: string;
}

/** What exists in the two cloud accounts. */
export interface CloudModel {
  readonly engineers: readonly Person[];
  readonly roles: Readonly<
    Record<'developer' | 'administrator' | 'deploy' | 'instance' | 'autoscaling' | 'function', Role>
  >;
  readonly users: Readonly<Record<'pipeline' | 'artifacts' | 'reporting' | 'archive', IamUser>>;
  readonly buckets: readonly string[];
  readonly instances: readonly string[];
  readonly volumes: readonly string[];
  readonly secrets: readonly string[];
  readonly trail: string;
}

export function createCloud(seed: string | number, org: Organisation): CloudModel {
  const random = new Random(`cloud/${seed}`);
  const role = (name: string, path?: string): Role => ({
    name,
    principal: awsId(random, 'AROA'),
    ...(path ? { path } : {}),
  });
  const user = (name: string): IamUser => ({ name, principal: awsId(random, 'AIDA'), key: awsId(random, 'AKIA') });
  const sso = 'aws-reserved/sso.amazonaws.com/';
  return {
    engineers: org.people.filter((p) => /Software|Platform|Systems|Network/.test(p.title)),
    roles: {
      developer: role(`AWSReservedSSO_PowerUserAccess_${random.hex(16)}`, sso),
      administrator: role(`AWSReservedSSO_AdministratorAccess_${random.hex(16)}`, sso),
      deploy: role('pipeline-deploy'),
      instance: role('portal-instance'),
      autoscaling: role('AWSServiceRoleForAutoScaling', 'aws-service-role/autoscaling.amazonaws.com/'),
      function: role('order-events-function'),
    },
    users: {
      pipeline: user('pipeline-runner'),
      artifacts: user('ci-artifacts'),
      reporting: user('svc-reporting'),
      archive: user('svc-archive'),
    },
    buckets: [
      'northmoor-portal-assets',
      'northmoor-orders-archive',
      'northmoor-build-artifacts',
      'northmoor-telemetry',
      'northmoor-finance-exports',
    ],
    instances: Array.from({ length: 14 }, () => `i-0${random.hex(16)}`),
    volumes: Array.from({ length: 6 }, () => `vol-0${random.hex(16)}`),
    secrets: ['prod/portal/database', 'prod/erp/api', 'prod/mail/smtp', 'prod/payments/token'],
    trail: 'northmoor-account-trail',
  };
}

/** A person's single-sign-on session in one account. */
export function ssoCaller(
  cloud: CloudModel,
  account: CloudAccount,
  person: Person,
  session: { key: string; since: number },
  from: { ip: string; agent: string },
): Caller {
  const role = person.department === 'IT' ? cloud.roles.administrator : cloud.roles.developer;
  const identity = assumedRole(account, role, { name: person.mail, ...session });
  return { identity, account, ...from };
}

export function keyCaller(account: CloudAccount, user: IamUser, from: { ip: string; agent: string }): Caller {
  return { identity: iamUser(account, user.name, user.principal, user.key), account, ...from };
}
