import type { World } from '../engine/world.ts';
import { everyDay, isWeekend, repeat } from '../engine/world.ts';
import {
  assumedRole,
  awsId,
  type Call,
  type Caller,
  CLOUDTRAIL_INDEX,
  cloudTrailRecord,
} from '../formats/cloudtrail.ts';
import { ACCOUNTS, type CloudModel, DEVELOPMENT, keyCaller, PRODUCTION, ssoCaller } from '../model/cloud.ts';
import type { Person } from '../model/org.ts';
import type { Random } from '../prng.ts';
import { HOUR, MINUTE } from '../types.ts';

/** Ordinary life in the two cloud accounts: people in the console, pipelines, scaling, applications reading storage. */
export function planCloud(world: World, cloud: CloudModel): void {
  const random = world.random.fork('cloud');
  people(world, cloud, random.fork('people'));
  pipelines(world, cloud, random.fork('pipelines'));
  scaling(world, cloud, random.fork('scaling'));
  applications(world, cloud, random.fork('applications'));
  robots(world, cloud, random.fork('robots'));
}

/** Writes one record now. CloudTrail times have whole seconds; the record keeps the order of the calls. */
export function record(world: World, random: Random, caller: Caller, call: Call, delay = 0): void {
  world.sim.emit({ index: CLOUDTRAIL_INDEX, render: (at) => cloudTrailRecord(random, at, caller, call) }, delay);
}

export const BROWSER =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

function read(source: string, name: string, request?: unknown): Call {
  return { source, name, readOnly: true, ...(request === undefined ? {} : { request }) };
}

function consoleReads(cloud: CloudModel, random: Random): Call {
  return random.pick<() => Call>([
    () => read('ec2', 'DescribeInstances', { maxResults: 50, instancesSet: {}, filterSet: {} }),
    () => read('ec2', 'DescribeVolumes', { maxResults: 100, volumeSet: {}, filterSet: {} }),
    () => read('ec2', 'DescribeSecurityGroups', { maxResults: 100, securityGroupSet: {}, filterSet: {} }),
    () => read('elasticloadbalancing', 'DescribeLoadBalancers', { pageSize: 100 }),
    () => read('monitoring', 'DescribeAlarms', { maxRecords: 100 }),
    () => read('logs', 'DescribeLogGroups', { limit: 50 }),
    () => read('lambda', 'ListFunctions20150331', { maxItems: 50 }),
    () => read('rds', 'DescribeDBInstances', { maxRecords: 100 }),
    () => read('s3', 'ListBuckets', { Host: 's3.amazonaws.com' }),
    () =>
      read('s3', 'GetBucketLocation', {
        bucketName: random.pick(cloud.buckets),
        Host: 's3.amazonaws.com',
        location: '',
      }),
    () => read('iam', 'ListRoles', { maxItems: 100 }),
    () => read('cloudtrail', 'LookupEvents', { maxResults: 50 }),
    () => read('secretsmanager', 'ListSecrets', { maxResults: 100 }),
    () => read('ce', 'GetCostAndUsage', { granularity: 'DAILY', metrics: ['UnblendedCost'] }),
  ])();
}

function people(world: World, cloud: CloudModel, random: Random): void {
  for (const person of cloud.engineers) {
    everyDay(world, person.site.offset, (midnight, weekday) => {
      if (isWeekend(weekday) || random.chance(0.3)) return;
      const sessions = random.between(1, 2);
      for (let i = 0; i < sessions; i++) {
        world.sim.at(midnight + person.startMinute * MINUTE + random.between(20 * MINUTE, 450 * MINUTE), () =>
          consoleSession(world, cloud, random, person),
        );
      }
    });
  }
}

function consoleSession(world: World, cloud: CloudModel, random: Random, person: Person): void {
  const account = random.chance(0.6) ? DEVELOPMENT : PRODUCTION;
  const ip = random.chance(0.15) ? person.home : person.site.egress;
  const session = { key: awsId(random, 'ASIA'), since: world.sim.now };
  const command = random.chance(0.35);
  const agent = command
    ? 'aws-cli/2.18.10 md/awscrt#0.22.0 ua/2.0 os/windows#11 md/arch#amd64 lang/python#3.12.6 md/pyimpl#CPython cfg/retry-mode#standard'
    : BROWSER;
  const caller = ssoCaller(cloud, account, person, session, { ip, agent });
  if (!command) {
    record(world, random, caller, {
      source: 'signin',
      name: 'ConsoleLogin',
      readOnly: false,
      type: 'AwsConsoleSignIn',
      response: { ConsoleLogin: 'Success' },
      extra: {
        MobileVersion: 'No',
        MFAUsed: 'No',
        SamlProviderArn: `arn:aws:iam::${account.id}:saml-provider/AWSSSO_${cloud.roles.developer.principal.slice(4, 20)}_DO_NOT_DELETE`,
      },
    });
  }
  const calls = random.between(6, 22);
  for (let i = 0; i < calls; i++) {
    world.sim.after(random.float() * 50 * MINUTE, () => record(world, random, caller, consoleReads(cloud, random)));
  }
  if (random.chance(0.12)) {
    world.sim.after(20 * MINUTE, () =>
      record(world, random, caller, {
        source: 'ec2',
        name: 'StartInstances',
        readOnly: false,
        request: { instancesSet: { items: [{ instanceId: random.pick(cloud.instances) }] } },
        response: {
          instancesSet: {
            items: [{ currentState: { code: 0, name: 'pending' }, previousState: { code: 80, name: 'stopped' } }],
          },
        },
      }),
    );
  }
  if (random.chance(0.1)) {
    world.sim.after(10 * MINUTE, () =>
      record(world, random, caller, {
        ...read('iam', 'ListUsers', { maxItems: 100 }),
        error: {
          code: 'AccessDenied',
          message: `User: ${String(caller.identity.arn)} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::${account.id}:user/`,
        },
      }),
    );
  }
}

/** A pipeline run: a key assumes the deploy role, the role uploads and updates. */
function pipelines(world: World, cloud: CloudModel, random: Random): void {
  const agent = 'aws-sdk-js/3.679.0 ua/2.1 os/linux#6.1.112 lang/js md/nodejs#20.18.0 api/sts#3.679.0';
  const ip = '192.0.2.12';
  repeat(world, random, 75 * MINUTE, 0.6, () => {
    const local = new Date(world.sim.now + HOUR);
    if ((isWeekend(local.getUTCDay()) || local.getUTCHours() < 7 || local.getUTCHours() > 19) && random.chance(0.85))
      return;
    const account = random.chance(0.7) ? DEVELOPMENT : PRODUCTION;
    const name = `run-${random.between(1000, 99_999)}`;
    const key = awsId(random, 'ASIA');
    const roleArn = `arn:aws:iam::${account.id}:role/${cloud.roles.deploy.name}`;
    record(world, random, keyCaller(account, cloud.users.pipeline, { ip, agent }), {
      source: 'sts',
      name: 'AssumeRole',
      readOnly: true,
      region: account.region,
      request: { roleArn, roleSessionName: name, durationSeconds: 3600 },
      response: {
        credentials: { accessKeyId: key, expiration: new Date(world.sim.now + HOUR).toISOString() },
        assumedRoleUser: {
          assumedRoleId: `${cloud.roles.deploy.principal}:${name}`,
          arn: `arn:aws:sts::${account.id}:assumed-role/${cloud.roles.deploy.name}/${name}`,
        },
      },
      resources: [{ accountId: account.id, type: 'AWS::IAM::Role', ARN: roleArn }],
    });
    const caller: Caller = {
      identity: assumedRole(account, cloud.roles.deploy, { name, key, since: world.sim.now }),
      account,
      ip,
      agent,
    };
    const steps: Call[] = [
      read('cloudformation', 'DescribeStacks', { stackName: 'portal' }),
      {
        source: 's3',
        name: 'PutObject',
        readOnly: false,
        data: true,
        request: {
          bucketName: 'northmoor-build-artifacts',
          key: `portal/${name}.zip`,
          Host: 'northmoor-build-artifacts.s3.eu-west-1.amazonaws.com',
        },
      },
      {
        source: 'lambda',
        name: 'UpdateFunctionCode20150331v2',
        readOnly: false,
        request: {
          functionName: 'order-events',
          s3Bucket: 'northmoor-build-artifacts',
          s3Key: `portal/${name}.zip`,
          publish: true,
        },
      },
      {
        source: 'cloudformation',
        name: 'CreateChangeSet',
        readOnly: false,
        request: { stackName: 'portal', changeSetName: name, capabilities: ['CAPABILITY_IAM'] },
      },
      {
        source: 'cloudformation',
        name: 'ExecuteChangeSet',
        readOnly: false,
        request: { stackName: 'portal', changeSetName: name },
      },
      read('cloudformation', 'DescribeStackEvents', { stackName: 'portal' }),
    ];
    steps.forEach((call, i) => {
      world.sim.after((i + 1) * random.between(2_000, 15_000), () => record(world, random, caller, call));
    });
  });
}

/** Instances come and go; snapshots are taken every night by the backup role and stay in the account. */
function scaling(world: World, cloud: CloudModel, random: Random): void {
  const account = PRODUCTION;
  const host = 'autoscaling.amazonaws.com';
  repeat(world, random, 3 * HOUR, 0.7, () => {
    const identity = {
      ...assumedRole(account, cloud.roles.autoscaling, {
        name: 'AutoScaling',
        key: awsId(random, 'ASIA'),
        since: world.sim.now,
      }),
      invokedBy: host,
    };
    const caller: Caller = { identity, account, ip: host, agent: host, service: true };
    const id = `i-0${random.hex(16)}`;
    record(world, random, caller, {
      source: 'ec2',
      name: 'RunInstances',
      readOnly: false,
      request: {
        instancesSet: { items: [{ imageId: `ami-0${random.hex(16)}`, minCount: 1, maxCount: 1 }] },
        instanceType: 't3.large',
      },
      response: {
        instancesSet: {
          items: [{ instanceId: id, instanceType: 't3.large', currentState: { code: 0, name: 'pending' } }],
        },
      },
    });
    world.sim.after(random.between(2, 9) * HOUR, () =>
      record(world, random, caller, {
        source: 'ec2',
        name: 'TerminateInstances',
        readOnly: false,
        request: { instancesSet: { items: [{ instanceId: id }] } },
      }),
    );
  });
  everyDay(world, 0, (midnight) => {
    cloud.volumes.forEach((volumeId, i) => {
      world.sim.at(midnight + 2 * HOUR + i * 70_000, () => {
        const service = 'dlm.amazonaws.com';
        const identity = {
          ...assumedRole(
            account,
            {
              name: 'AWSDataLifecycleManagerDefaultRole',
              principal: cloud.roles.instance.principal,
              path: 'service-role/',
            },
            { name: 'dlm', key: awsId(random, 'ASIA'), since: world.sim.now },
          ),
          invokedBy: service,
        };
        record(
          world,
          random,
          { identity, account, ip: service, agent: service, service: true },
          {
            source: 'ec2',
            name: 'CreateSnapshot',
            readOnly: false,
            request: { volumeId, description: 'Nightly policy' },
            response: {
              snapshotId: `snap-0${random.hex(16)}`,
              volumeId,
              status: 'pending',
              ownerId: account.id,
              encrypted: true,
            },
          },
        );
      });
    });
  });
}

function applications(world: World, cloud: CloudModel, random: Random): void {
  const agent = '[aws-sdk-java/2.28.16 Linux/6.1.112-122.189.amzn2023.x86_64 OpenJDK_64-Bit_Server_VM/21.0.4+7-LTS]';
  for (const instance of cloud.instances.slice(0, 4)) {
    repeat(world, random, 22 * MINUTE, 0.8, () => {
      const account = PRODUCTION;
      const identity = assumedRole(account, cloud.roles.instance, {
        name: instance,
        key: awsId(random, 'ASIA'),
        since: world.sim.now - 2 * HOUR,
      });
      const bucketName = random.pick(cloud.buckets.slice(0, 2));
      const caller: Caller = {
        identity,
        account,
        ip: `10.60.${random.between(0, 3)}.${random.between(10, 250)}`,
        agent,
      };
      if (random.chance(0.06)) {
        record(world, random, caller, read('secretsmanager', 'GetSecretValue', { secretId: cloud.secrets[0] }));
        return;
      }
      const key = `orders/${new Date(world.sim.now).toISOString().slice(0, 10)}/${random.hex(10)}.json`;
      record(world, random, caller, {
        ...read('s3', 'GetObject', { bucketName, key, Host: `${bucketName}.s3.eu-west-1.amazonaws.com` }),
        data: true,
        resources: [
          { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${bucketName}/${key}` },
          { accountId: account.id, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` },
        ],
      });
    });
  }
}

/** Service users with keys: the report job and the artifact uploader, always from inside addresses. */
function robots(world: World, cloud: CloudModel, random: Random): void {
  for (const account of ACCOUNTS) {
    repeat(world, random, 50 * MINUTE, 0.4, () => {
      const user = account === PRODUCTION ? cloud.users.reporting : cloud.users.artifacts;
      const bucketName = account === PRODUCTION ? 'northmoor-telemetry' : 'northmoor-build-artifacts';
      const caller = keyCaller(account, user, {
        ip: '192.0.2.14',
        agent: 'Boto3/1.35.36 md/Botocore#1.35.36 ua/2.0 os/linux#5.15.0 md/arch#x86_64 lang/python#3.10.12',
      });
      record(world, random, caller, {
        ...read('s3', 'ListObjects', {
          bucketName,
          prefix: 'daily/',
          Host: `${bucketName}.s3.eu-west-1.amazonaws.com`,
        }),
        data: true,
      });
      if (random.chance(0.5))
        record(
          world,
          random,
          caller,
          {
            ...read('s3', 'GetObject', {
              bucketName,
              key: `daily/${random.hex(8)}.parquet`,
              Host: `${bucketName}.s3.eu-west-1.amazonaws.com`,
            }),
            data: true,
          },
          700,
        );
    });
  }
}
