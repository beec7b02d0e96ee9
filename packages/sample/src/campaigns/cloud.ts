import { localTime } from '../engine/calendar.ts';
import type { World } from '../engine/world.ts';
import { assumedRole, awsId, type Call, type Caller, iamUser } from '../formats/cloudtrail.ts';
import { type CloudModel, DEVELOPMENT, keyCaller, PRODUCTION } from '../model/cloud.ts';
import { record } from '../noise/cloud.ts';
import { HOUR, MINUTE } from '../types.ts';
import { type Campaign, timeline } from './campaign.ts';

const FIRST_IP = '203.0.113.19';
const SECOND_IP = '198.51.100.9';
const OUTSIDE_ACCOUNT = '777788889999';
const SECOND = 1000;

/** A leaked key, a burst of questions, keys and rights for others, the trail stopped, a disk copy given away. */
export function cloudAbuse(world: World, cloud: CloudModel): Campaign {
  const { sim } = world;
  const random = world.random.fork('campaign/cloud');
  const { artifacts, reporting, archive } = cloud.users;
  const start = localTime(world, 3, 2.1);
  const takeover = start + 5.2 * HOUR;
  const theft = takeover + 16.5 * HOUR;
  const cli = 'aws-cli/2.15.0 Python/3.11.6 Linux/6.5.0-amd64 exe/x86_64 prompt/off command/';
  const leaked = (command: string): Caller => keyCaller(DEVELOPMENT, artifacts, { ip: FIRST_IP, agent: cli + command });
  const denied = (caller: Caller, call: Call, action: string): Call => ({
    ...call,
    error: {
      code: 'AccessDenied',
      message: `User: ${String(caller.identity.arn)} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
    },
  });
  const question = (source: string, name: string, request?: unknown): Call => ({
    source,
    name,
    readOnly: true,
    ...(request ? { request } : {}),
  });

  const firstContact = () => {
    const caller = leaked('sts.get-caller-identity');
    record(world, random, caller, question('sts', 'GetCallerIdentity'));
    sim.after(40 * SECOND, () => record(world, random, leaked('iam.get-user'), question('iam', 'GetUser')));
  };
  const questions = () => {
    const regions = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-1', 'sa-east-1'];
    const list: Call[] = [
      question('iam', 'ListUsers'),
      question('iam', 'ListRoles'),
      question('iam', 'ListGroups'),
      question('iam', 'ListAttachedUserPolicies', { userName: artifacts.name }),
      question('iam', 'ListUserPolicies', { userName: artifacts.name }),
      question('iam', 'ListAccessKeys', { userName: reporting.name }),
      question('iam', 'GetAccountSummary'),
      question('s3', 'ListBuckets', { Host: 's3.amazonaws.com' }),
      ...cloud.buckets.flatMap((bucketName) => [
        question('s3', 'GetBucketAcl', { bucketName }),
        question('s3', 'GetBucketPolicy', { bucketName }),
      ]),
      ...regions.flatMap((region) =>
        ['DescribeInstances', 'DescribeSnapshots', 'DescribeVolumes', 'DescribeSecurityGroups'].map((name) => ({
          ...question('ec2', name),
          region,
        })),
      ),
      ...regions.slice(0, 3).map((region) => ({ ...question('secretsmanager', 'ListSecrets'), region })),
      question('cloudtrail', 'DescribeTrails'),
      question('rds', 'DescribeDBInstances'),
      question('lambda', 'ListFunctions20150331'),
      question('organizations', 'DescribeOrganization'),
    ];
    list.forEach((call, i) => {
      const caller = leaked(`${call.source}.list`);
      const refuse = ['GetAccountSummary', 'DescribeOrganization', 'GetBucketPolicy', 'ListGroups'].includes(call.name);
      const action = `${call.source}:${call.name}`;
      sim.after(i * random.between(3, 9) * SECOND, () =>
        record(world, random, caller, refuse ? denied(caller, call, action) : call),
      );
    });
  };
  const newKey = () => {
    const caller = leaked('iam.create-access-key');
    const key = awsId(random, 'AKIA');
    record(world, random, caller, {
      source: 'iam',
      name: 'CreateAccessKey',
      readOnly: false,
      request: { userName: reporting.name },
      response: {
        accessKey: {
          userName: reporting.name,
          accessKeyId: key,
          status: 'Active',
          createDate: new Date(sim.now).toUTCString(),
        },
      },
    });
    const arn = `arn:aws:iam::${PRODUCTION.id}:role/${cloud.roles.deploy.name}`;
    sim.after(19 * MINUTE, () =>
      record(world, random, leaked('sts.assume-role'), {
        source: 'sts',
        name: 'AssumeRole',
        readOnly: true,
        request: { roleArn: arn, roleSessionName: 'botocore-session-01' },
        response: {
          assumedRoleUser: {
            assumedRoleId: `${cloud.roles.deploy.principal}:botocore-session-01`,
            arn: `arn:aws:sts::${PRODUCTION.id}:assumed-role/${cloud.roles.deploy.name}/botocore-session-01`,
          },
        },
        resources: [{ accountId: PRODUCTION.id, type: 'AWS::IAM::Role', ARN: arn }],
      }),
    );
  };
  let roleSession: Caller | null = null;
  const asDeploy = (): Caller => {
    roleSession ??= {
      identity: assumedRole(PRODUCTION, cloud.roles.deploy, {
        name: 'botocore-session-01',
        key: awsId(random, 'ASIA'),
        since: sim.now,
      }),
      account: PRODUCTION,
      ip: FIRST_IP,
      agent: `${cli}iam`,
    };
    return roleSession;
  };
  const rights = () => {
    const caller = asDeploy();
    record(world, random, caller, {
      source: 'iam',
      name: 'CreateLoginProfile',
      readOnly: false,
      request: { userName: archive.name, passwordResetRequired: false },
      response: {
        loginProfile: {
          userName: archive.name,
          createDate: new Date(sim.now).toUTCString(),
          passwordResetRequired: false,
        },
      },
    });
    sim.after(70 * SECOND, () =>
      record(world, random, caller, {
        source: 'iam',
        name: 'AttachUserPolicy',
        readOnly: false,
        request: { userName: archive.name, policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
      }),
    );
  };
  let since = 0;
  const consoleUser = (): Caller => ({
    identity: iamUser(PRODUCTION, archive.name, archive.principal, awsId(random, 'ASIA'), { mfa: false, since }),
    account: PRODUCTION,
    ip: SECOND_IP,
    agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  });
  const signIn = () => {
    since = sim.now;
    record(
      world,
      random,
      { ...consoleUser(), identity: iamUser(PRODUCTION, archive.name, archive.principal) },
      {
        source: 'signin',
        name: 'ConsoleLogin',
        readOnly: false,
        region: PRODUCTION.region,
        type: 'AwsConsoleSignIn',
        response: { ConsoleLogin: 'Success' },
        extra: { LoginTo: 'https://console.aws.amazon.com/console/home', MobileVersion: 'No', MFAUsed: 'No' },
      },
    );
    const look = [
      question('ec2', 'DescribeVolumes'),
      question('ec2', 'DescribeSnapshots'),
      question('cloudtrail', 'DescribeTrails'),
      question('secretsmanager', 'ListSecrets'),
    ];
    look.forEach((call, i) => {
      sim.after((i + 1) * 35 * SECOND, () => record(world, random, consoleUser(), call));
    });
  };
  const stopTrail = () => {
    const name = `arn:aws:cloudtrail:${PRODUCTION.region}:${PRODUCTION.id}:trail/${cloud.trail}`;
    // Records go on arriving: an organisation trail outside the account's reach still collects.
    record(world, random, consoleUser(), {
      source: 'cloudtrail',
      name: 'StopLogging',
      readOnly: false,
      request: { name },
    });
  };
  const give = () => {
    cloud.secrets.slice(0, 3).forEach((secretId, i) => {
      sim.after(i * 12 * SECOND, () =>
        record(world, random, consoleUser(), question('secretsmanager', 'GetSecretValue', { secretId })),
      );
    });
    const snapshotId = `snap-0${random.hex(16)}`;
    const volumeId = cloud.volumes[0]!;
    sim.after(6 * MINUTE, () =>
      record(world, random, consoleUser(), {
        source: 'ec2',
        name: 'CreateSnapshot',
        readOnly: false,
        request: { volumeId, description: 'migration' },
        response: { snapshotId, volumeId, status: 'pending', ownerId: PRODUCTION.id, encrypted: false },
      }),
    );
    sim.after(31 * MINUTE, () =>
      record(world, random, consoleUser(), {
        source: 'ec2',
        name: 'ModifySnapshotAttribute',
        readOnly: false,
        request: {
          snapshotId,
          createVolumePermission: { add: { items: [{ userId: OUTSIDE_ACCOUNT }] } },
          attributeType: 'CREATE_VOLUME_PERMISSION',
        },
        response: { _return: true },
      }),
    );
  };

  return {
    id: 'cloud',
    kind: 'cloud account abuse',
    scenario: `The key of ${artifacts.name} is used from an unknown address in ${DEVELOPMENT.alias}; rights in ${PRODUCTION.alias} are widened until a disk copy leaves the account.`,
    devices: [],
    identities: [artifacts.name, reporting.name, archive.name, cloud.roles.deploy.name],
    start,
    end: theft + 31 * MINUTE,
    schedule() {
      timeline(world, start, [
        [0, firstContact],
        [14 * MINUTE, questions],
        [takeover - start, newKey],
        [takeover - start + 41 * MINUTE, rights],
        [takeover - start + 58 * MINUTE, signIn],
        [theft - start - 12 * MINUTE, stopTrail],
        [theft - start, give],
      ]);
    },
  };
}
