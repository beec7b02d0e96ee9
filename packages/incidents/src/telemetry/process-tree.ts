import { type AlertEvent, type Evidence, makeEntity, type ProcessNode, type ProcessTree } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import type { TelemetryStore } from '@parapet/store';
import { severityName } from '../rows.ts';
import { type DeviceDirectory, type DeviceRef, onDeviceKql } from './device-id.ts';
import { kqlString, rowQuery } from './kql.ts';
import { type Activity, activityOf } from './process-activity.ts';
import { heldAt, isChildOf, millis, type ProcessRef, ProcessRows, type ProcessStart } from './process-rows.ts';
import { num, type Row, str } from './rows.ts';

const LEVELS_UP = 8;
const LEVELS_DOWN = 16;
const MOST_NODES = 200;

/** A node while the tree is built. */
interface Branch {
  readonly start: ProcessStart;
  /** Where the start itself is recorded; a process known only from its child or from the alert has none. */
  readonly recorded: boolean;
  /** Row to show instead. */
  readonly source?: string;
  parent?: Branch;
  readonly children: Branch[];
}

export interface TreeAlert {
  readonly id: string;
  readonly evidence: readonly Evidence[];
  readonly events: readonly AlertEvent[];
  /** Its first activity. */
  readonly at: Date;
}

/**
 * The process tree around an alert, from telemetry: up to the root (at most eight levels), down to everything its processes started
 * (at most 200 nodes). Processes are told apart by unique id, or by number and start; a number alone joins nothing.
 * Alerts that are not about processes answer with their rows in order of time.
 */
export async function processTree(
  dependencies: { readonly db: Queryable; readonly store: TelemetryStore; readonly devices: DeviceDirectory },
  alert: TreeAlert,
): Promise<ProcessTree> {
  const { db, store, devices } = dependencies;
  const processes = alert.evidence.filter(({ type }) => type === 'process');
  const [first] = processes;
  const place = alert.evidence.find(({ type }) => type === 'device');
  const deviceId =
    first?.fields.deviceId ?? place?.fields.deviceId ?? first?.fields.deviceName ?? place?.fields.deviceName ?? '';
  const deviceName = first?.fields.deviceName ?? place?.fields.deviceName ?? '';
  if (!first) return { deviceId, deviceName, roots: [], gaps: [], events: alert.events };

  const owner = first.key.split('|')[0] ?? '';
  // Those with a unique id first: what is known of a number alone may turn out to be one of them.
  const here = processes
    .filter(({ key }) => key.startsWith(`${owner}|`))
    .sort((a, b) => Number(Boolean(b.fields.processUniqueId)) - Number(Boolean(a.fields.processUniqueId)));
  const elsewhere = new Set(
    processes.filter(({ key }) => !key.startsWith(`${owner}|`)).map(({ key }) => key.split('|')[0]),
  );
  const gaps: string[] = [];
  if (elsewhere.size > 0)
    gaps.push(
      `Processes on ${elsewhere.size === 1 ? 'another device' : `${elsewhere.size} other devices`} are part of the alert and not shown here.`,
    );

  const device = (await devices.find(owner)) ?? { key: owner, ids: [deviceId], names: [deviceName] };
  const rows = new ProcessRows(store, device);
  const refs = here.map((evidence) => refOf(evidence, alert.at));
  const tree = new Tree(device);
  for (const start of await rows.find(refs)) tree.add(start);
  here.forEach((evidence, index) => {
    const ref = refs[index];
    if (ref && !tree.find(ref) && !tree.findUnrecorded(ref)) {
      tree.addUnrecorded(evidence, ref);
      gaps.push(`The start of ${evidence.label} is not in the telemetry; it is shown as the alert recorded it.`);
    }
  });
  const seeds = [...tree.branches];
  await climb(tree, rows, seeds);
  gaps.push(...(await descend(tree, rows, seeds)));
  gaps.push(...(await tree.nameRoots(rows)));

  const { byProcess, ambiguous } = await activityOf(
    store,
    device,
    tree.branches.map(({ start }) => start),
  );
  if (ambiguous > 0)
    gaps.push(
      `${ambiguous} group${ambiguous === 1 ? '' : 's'} of events name a process number that was reused meanwhile; they are not counted.`,
    );
  const alerts = await alertsOn(db, owner);
  const toNode = (branch: Branch): ProcessNode =>
    node(device, branch, {
      activity: byProcess.get(branch.start) ?? [],
      highlighted: refs.some((ref) => names(ref, branch.start)),
      alerts: [
        ...new Map(
          alerts
            .filter((each) => names(each.ref, branch.start))
            .map(({ id, title, severity }) => [id, { id, title, severity }] as const),
        ).values(),
      ],
      children: branch.children.map(toNode),
    });
  return {
    deviceId: device.ids[0] ?? deviceId,
    deviceName: device.names[0] ?? deviceName,
    roots: tree.roots().map(toNode),
    gaps,
    events: [],
  };
}

class Tree {
  readonly branches: Branch[] = [];
  readonly #device: DeviceRef;

  constructor(device: DeviceRef) {
    this.#device = device;
  }

  add(start: ProcessStart): Branch {
    const known = this.find(start);
    if (known) return known;
    const branch: Branch = { start, recorded: true, children: [] };
    this.branches.push(branch);
    return branch;
  }

  addUnrecorded(evidence: Evidence, ref: ProcessRef): void {
    const { fields } = evidence;
    const unique = [...ref.uniqueIds][0];
    this.branches.push({
      start: {
        ...ref,
        // Without a start the number says nothing.
        pid: Number.isNaN(ref.start) ? null : ref.pid,
        start: Number.isNaN(ref.start) ? 0 : ref.start,
        end: Number.isNaN(ref.start) ? 0 : ref.start + 1,
        row: {
          FileName: fields.fileName ?? evidence.label,
          FolderPath: fields.folderPath ?? '',
          ProcessId: fields.processId ?? null,
          ProcessCreationTime: fields.processCreationTime ?? null,
          ProcessCommandLine: fields.processCommandLine ?? '',
          ProcessUniqueId: unique ?? '',
          AccountDomain: fields.accountDomain ?? '',
          AccountName: fields.accountName ?? '',
          SHA1: fields.sha1 ?? '',
          SHA256: fields.sha256 ?? '',
        },
      },
      recorded: false,
      source: `DeviceProcessEvents\n| where ${onDeviceKql(this.#device)}\n| where ${
        unique
          ? `ProcessUniqueId == ${kqlString(unique)} or InitiatingProcessUniqueId == ${kqlString(unique)}`
          : `ProcessId == ${fields.processId ?? -1} or InitiatingProcessId == ${fields.processId ?? -1}`
      }`,
      children: [],
    });
  }

  find(ref: ProcessRef): Branch | undefined {
    return this.branches.find(({ start }) => names(ref, start));
  }

  /** A process of the alert whose start nothing records, by number and image: within one alert they are one. */
  findUnrecorded({ pid, fileName }: ProcessRef): Branch | undefined {
    return this.branches.find(
      ({ recorded, start: { row } }) =>
        !recorded &&
        pid !== null &&
        num(row, 'ProcessId') === pid &&
        str(row, 'FileName').toLowerCase() === fileName.toLowerCase(),
    );
  }

  link(parent: Branch, child: Branch): void {
    if (child.parent || parent === child) return;
    // Damaged telemetry must not make a ring.
    for (let above: Branch | undefined = parent; above; above = above.parent) if (above === child) return;
    child.parent = parent;
    parent.children.push(child);
  }

  roots(): Branch[] {
    return this.branches.filter(({ parent }) => !parent);
  }

  /** Show the parents of roots as their children recorded them, and say so. */
  async nameRoots(rows: ProcessRows): Promise<string[]> {
    const gaps: string[] = [];
    const begins = await rows.begins();
    for (const root of this.roots()) {
      if (!root.recorded) continue;
      const { row } = root.start;
      const fileName = str(row, 'InitiatingProcessFileName');
      const pid = num(row, 'InitiatingProcessId');
      if (!fileName && pid === null) continue;
      const unique = str(row, 'InitiatingProcessUniqueId');
      const created = millis(row.InitiatingProcessCreationTime);
      const ref: ProcessRef = { uniqueIds: new Set(unique ? [unique] : []), pid, start: created, fileName };
      let parent = (unique ? this.find(ref) : undefined) ?? this.findUnrecorded(ref);
      if (!parent) {
        parent = {
          start: {
            ...ref,
            pid: Number.isNaN(created) ? null : pid,
            start: Number.isNaN(created) ? root.start.start : created,
            end: root.start.start,
            row: parentRow(row),
          },
          recorded: false,
          source: rowQuery('DeviceProcessEvents', identity(row)),
          children: [],
        };
        this.branches.push(parent);
        const where =
          begins === null
            ? ''
            : `; process telemetry of this device begins at ${begins.slice(0, 19).replace('T', ' ')} UTC`;
        gaps.push(
          `The start of ${fileName || 'process'}${pid === null ? '' : ` (${pid})`} is not in the telemetry${where}. It is shown as its child recorded it.`,
        );
      }
      this.link(parent, root);
    }
    return gaps;
  }
}

async function climb(tree: Tree, rows: ProcessRows, seeds: readonly Branch[]): Promise<void> {
  for (const seed of seeds) {
    let child = seed;
    for (let level = 0; level < LEVELS_UP && child.recorded && !child.parent; level += 1) {
      const start = await rows.parentOf(child.start);
      if (!start || names(start, child.start)) break;
      const parent = tree.add(start);
      tree.link(parent, child);
      child = parent;
    }
  }
}

async function descend(tree: Tree, rows: ProcessRows, seeds: readonly Branch[]): Promise<string[]> {
  const gaps: string[] = [];
  const done = new Set<Branch>();
  let level = [...seeds];
  for (let depth = 0; depth < LEVELS_DOWN && level.length > 0; depth += 1) {
    for (const each of level) done.add(each);
    const { children, cut } = await rows.childrenOf(level.map(({ start }) => start));
    if (cut) gaps.push('A process started more processes than can be looked at; some are missing.');
    const next: Branch[] = [];
    let left = 0;
    for (const start of children) {
      const known = tree.find(start);
      if (!known && tree.branches.length >= MOST_NODES) {
        left += 1;
        continue;
      }
      const branch = known ?? tree.add(start);
      const parent = level.find((each) => isChildOf(each.start, start.row));
      if (parent) tree.link(parent, branch);
      if (!done.has(branch)) next.push(branch);
    }
    if (left > 0) {
      gaps.push(
        `${left} more process${left === 1 ? ' is' : 'es are'} not shown: the tree is limited to ${MOST_NODES}.`,
      );
      break;
    }
    level = next;
  }
  return gaps;
}

function refOf({ fields }: Pick<Evidence, 'fields'>, at: Date): ProcessRef {
  return {
    uniqueIds: new Set(fields.processUniqueId ? [fields.processUniqueId] : []),
    pid: fields.processId ?? null,
    start: millis(fields.processCreationTime),
    fileName: fields.fileName ?? '',
    at: at.getTime(),
  };
}

/** Do both name the same process? */
function names(ref: ProcessRef, start: ProcessStart): boolean {
  if (heldAt(ref, start)) return true;
  if ([...ref.uniqueIds].some((id) => start.uniqueIds.has(id))) return true;
  if (ref.uniqueIds.size > 0 && start.uniqueIds.size > 0 && Number.isNaN(ref.start)) return false;
  return (
    ref.pid !== null &&
    ref.pid === start.pid &&
    Math.abs(ref.start - start.start) <= 2_000 &&
    (!ref.fileName || !start.fileName || ref.fileName.toLowerCase() === start.fileName.toLowerCase())
  );
}

const identity = (row: Row) => ({
  time: str(row, 'Timestamp'),
  deviceId: str(row, 'DeviceId'),
  deviceName: str(row, 'DeviceName'),
  reportId: row.ReportId as number | string | null,
  actionType: str(row, 'ActionType'),
  itemId: str(row, '_ItemId'),
});

/** What a row says about the process that started its subject, in the subject's columns. */
function parentRow(row: Row): Row {
  return {
    FileName: row.InitiatingProcessFileName,
    FolderPath: row.InitiatingProcessFolderPath,
    ProcessId: row.InitiatingProcessId,
    ProcessCreationTime: row.InitiatingProcessCreationTime,
    ProcessCommandLine: row.InitiatingProcessCommandLine,
    ProcessUniqueId: row.InitiatingProcessUniqueId,
    ProcessIntegrityLevel: row.InitiatingProcessIntegrityLevel,
    AccountDomain: row.InitiatingProcessAccountDomain,
    AccountName: row.InitiatingProcessAccountName,
    SHA1: row.InitiatingProcessSHA1,
    SHA256: row.InitiatingProcessSHA256,
  };
}

function node(
  device: DeviceRef,
  branch: Branch,
  rest: {
    readonly activity: readonly Activity[];
    readonly highlighted: boolean;
    readonly alerts: ProcessNode['alerts'];
    readonly children: readonly ProcessNode[];
  },
): ProcessNode {
  const { row } = branch.start;
  const created = str(row, 'ProcessCreationTime') || (branch.recorded ? str(row, 'Timestamp') : '');
  const pid = num(row, 'ProcessId');
  const entity = makeEntity('process', {
    deviceId: device.ids[0] ?? device.key,
    processUniqueId: str(row, 'ProcessUniqueId'),
    processCreationTime: created,
    fileName: str(row, 'FileName'),
    ...(pid === null ? {} : { processId: pid }),
  });
  const domain = str(row, 'AccountDomain');
  return {
    key: entity?.key ?? `${device.key}|${str(row, 'FileName')}|${rest.children[0]?.key ?? ''}`,
    fileName: str(row, 'FileName') || (pid === null ? 'Unknown process' : `process ${pid}`),
    folderPath: str(row, 'FolderPath'),
    processId: pid,
    creationTime: created || null,
    commandLine: str(row, 'ProcessCommandLine'),
    account: domain ? `${domain}\\${str(row, 'AccountName')}` : str(row, 'AccountName'),
    integrityLevel: str(row, 'ProcessIntegrityLevel'),
    sha256: str(row, 'SHA256'),
    sha1: str(row, 'SHA1'),
    huntingQuery: branch.source ?? rowQuery('DeviceProcessEvents', identity(row)),
    ...rest,
  };
}

/** Every alert that names a process of the device. */
async function alertsOn(db: Queryable, owner: string) {
  const rows = await db.query<{
    id: string;
    title: string;
    severity: number;
    first_activity: Date;
    fields: Evidence['fields'];
  }>(
    `select a.id, a.title, a.severity, a.first_activity, e.fields from alert_evidence e join alert a on a.id = e.alert_id
     where e.type = 'process' and starts_with(e.key, $1 || '|')
     order by a.first_activity desc, a.id limit 5000`,
    [owner],
  );
  const found = new Map<
    string,
    { id: string; title: string; severity: ReturnType<typeof severityName>; ref: ProcessRef }
  >();
  for (const row of rows) {
    const ref = refOf(row, row.first_activity);
    found.set(`${row.id}\n${[...ref.uniqueIds][0] ?? `${ref.pid}|${ref.start}`}`, {
      id: row.id,
      title: row.title,
      severity: severityName(row.severity),
      ref,
    });
  }
  return [...found.values()];
}
