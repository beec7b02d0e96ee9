import type { TelemetryStore } from '@parapet/store';
import { groupBy } from '../group.ts';
import { type DeviceRef, onDevice } from './device-id.ts';
import { num, type Row, select, str, strings, toTime } from './rows.ts';

/** Two sensors record one process start within this time. */
const TWIN_MS = 2_000;
const MOST_ROWS = 2_000;

/** How a process is known: by unique id where a sensor gives one, else by number, start and image. */
export interface ProcessRef {
  readonly uniqueIds: ReadonlySet<string>;
  readonly pid: number | null;
  /** Milliseconds; NaN when unknown. */
  readonly start: number;
  readonly fileName: string;
  /** A moment when it ran, for processes of which nothing but the number is recorded. */
  readonly at?: number;
}

/** A process start as telemetry has it, all sensors' records of it together. */
export interface ProcessStart extends ProcessRef {
  readonly row: Row;
  /** When its number was given to the next process; infinite when it was not. */
  readonly end: number;
}

const COLUMNS = `Timestamp, DeviceId, DeviceName, ActionType, ReportId, _ItemId, FileName, FolderPath, SHA1, SHA256, ProcessId,
  ProcessCommandLine, ProcessIntegrityLevel, ProcessCreationTime, ProcessUniqueId, AccountDomain, AccountName,
  InitiatingProcessFileName, InitiatingProcessFolderPath, InitiatingProcessId, InitiatingProcessCommandLine,
  InitiatingProcessCreationTime, InitiatingProcessUniqueId, InitiatingProcessAccountDomain, InitiatingProcessAccountName,
  InitiatingProcessIntegrityLevel, InitiatingProcessSHA1, InitiatingProcessSHA256, InitiatingProcessParentFileName,
  InitiatingProcessParentId, InitiatingProcessParentCreationTime`;
const STARTS = "ActionType != 'ProcessTerminated'";
export const STARTED = 'coalesce(ProcessCreationTime, Timestamp)';

export const millis = (iso: unknown): number =>
  typeof iso === 'string' && iso !== '' ? Date.parse(iso.replace(/(\.\d{3})\d+/, '$1')) : Number.NaN;
export const startOf = (row: Row): number => {
  const created = millis(row.ProcessCreationTime);
  return Number.isNaN(created) ? millis(row.Timestamp) : created;
};
const near = (a: number, b: number): boolean => Math.abs(a - b) <= TWIN_MS;
const sameName = (a: string, b: string): boolean => !a || !b || a.toLowerCase() === b.toLowerCase();
const numbers = (values: readonly number[]) => ({ type: 'Array(Int64)', value: values }) as const;

/** Is this row's subject the process that `ref` names? A number alone never suffices: numbers are reused. */
export function isStartOf(ref: ProcessRef, row: Row): boolean {
  const unique = str(row, 'ProcessUniqueId');
  if (unique && ref.uniqueIds.has(unique)) return true;
  if (ref.pid === null || num(row, 'ProcessId') !== ref.pid || Number.isNaN(ref.start)) return false;
  return near(startOf(row), ref.start) && sameName(str(row, 'FileName'), ref.fileName);
}

/** Only number and moment are known: the process that held the number then. */
export function heldAt(ref: ProcessRef, start: ProcessStart): boolean {
  return (
    ref.uniqueIds.size === 0 &&
    Number.isNaN(ref.start) &&
    ref.at !== undefined &&
    ref.pid !== null &&
    ref.pid === start.pid &&
    ref.at >= start.start - TWIN_MS &&
    ref.at < start.end &&
    sameName(ref.fileName, start.fileName)
  );
}

/** Did `parent` start this row's process? */
export function isChildOf(parent: ProcessStart, row: Row): boolean {
  const unique = str(row, 'InitiatingProcessUniqueId');
  if (unique) return parent.uniqueIds.has(unique);
  if (parent.pid === null || num(row, 'InitiatingProcessId') !== parent.pid) return false;
  if (!sameName(str(row, 'InitiatingProcessFileName'), parent.fileName)) return false;
  const created = millis(row.InitiatingProcessCreationTime);
  if (!Number.isNaN(created)) return near(created, parent.start);
  const time = startOf(row);
  return time >= parent.start - TWIN_MS && time < parent.end;
}

/** Reads process starts of one device. */
export class ProcessRows {
  readonly #store: TelemetryStore;
  readonly #device: DeviceRef;

  constructor(store: TelemetryStore, device: DeviceRef) {
    this.#store = store;
    this.#device = device;
  }

  /** The starts of the processes named, as far as telemetry has them. */
  async find(refs: readonly ProcessRef[]): Promise<ProcessStart[]> {
    const uniqueIds = [...new Set(refs.flatMap((ref) => [...ref.uniqueIds]))];
    const pids = [...new Set(refs.flatMap(({ pid }) => pid ?? []))];
    const rows = await this.#select(
      'ProcessUniqueId IN ({uniqueIds:Array(String)}) OR ProcessId IN ({pids:Array(Int64)})',
      { uniqueIds: strings(uniqueIds), pids: numbers(pids) },
    );
    const vague = refs.filter((ref) => ref.uniqueIds.size === 0 && Number.isNaN(ref.start) && ref.at !== undefined);
    const held = vague.flatMap((ref): Row[] => {
      const holder = rows.findLast(
        (row) => num(row, 'ProcessId') === ref.pid && startOf(row) <= (ref.at ?? 0) + TWIN_MS,
      );
      return holder ? [holder] : [];
    });
    const starts = await this.#withLives([...rows.filter((row) => refs.some((ref) => isStartOf(ref, row))), ...held]);
    return starts.filter((start) => refs.some((ref) => isStartOf(ref, start.row) || heldAt(ref, start)));
  }

  /** The process that started `child`: by unique id, else the last one before it with the number and the image. */
  async parentOf(child: ProcessStart): Promise<ProcessStart | undefined> {
    const { row } = child;
    const unique = str(row, 'InitiatingProcessUniqueId');
    const pid = num(row, 'InitiatingProcessId');
    const created = millis(row.InitiatingProcessCreationTime);
    const rows = await this.#select(
      `ProcessUniqueId = {unique:String} AND {unique:String} != ''
       OR ProcessId = {pid:Int64} AND ${STARTED} <= {until:DateTime64(7, 'UTC')} + toIntervalSecond(2)`,
      {
        unique: { type: 'String', value: unique },
        pid: { type: 'Int64', value: pid ?? -1 },
        until: toTime(new Date(child.start).toISOString()),
      },
      'DESC',
    );
    const byId = rows.find((each) => unique !== '' && str(each, 'ProcessUniqueId') === unique);
    // The newest holder of the number is the parent or nobody is: an older one had ended before.
    const newest = rows.find(
      (each) => num(each, 'ProcessId') === pid && !child.uniqueIds.has(str(each, 'ProcessUniqueId')),
    );
    // A record whose sensor knows parents by id would have been found by id.
    const comparable = unique === '' || (newest && str(newest, 'InitiatingProcessUniqueId') === '');
    const byNumber =
      newest &&
      comparable &&
      sameName(str(newest, 'FileName'), str(row, 'InitiatingProcessFileName')) &&
      (Number.isNaN(created) || near(created, startOf(newest)))
        ? newest
        : undefined;
    const found = byId ?? byNumber;
    return found ? (await this.#withLives([found]))[0] : undefined;
  }

  /** Starts of everything that these processes started, oldest first. */
  async childrenOf(parents: readonly ProcessStart[]): Promise<{ children: ProcessStart[]; cut: boolean }> {
    const uniqueIds = parents.flatMap((parent) => [...parent.uniqueIds]);
    const pids = parents.flatMap(({ pid }) => pid ?? []);
    const since = Math.min(...parents.map(({ start }) => (Number.isNaN(start) ? 0 : start)));
    const rows = await this.#select(
      `(InitiatingProcessUniqueId IN ({uniqueIds:Array(String)})
        OR InitiatingProcessUniqueId = '' AND InitiatingProcessId IN ({pids:Array(Int64)}))
       AND Timestamp >= {since:DateTime64(7, 'UTC')} - toIntervalSecond(2)`,
      { uniqueIds: strings(uniqueIds), pids: numbers(pids), since: toTime(new Date(since).toISOString()) },
    );
    const mine = rows.filter((row) => parents.some((parent) => isChildOf(parent, row)));
    return { children: await this.#withLives(mine), cut: rows.length >= MOST_ROWS };
  }

  /** When telemetry of process starts on the device begins. */
  async begins(): Promise<string | null> {
    const on = onDevice(this.#device);
    const [row] = await select(
      this.#store,
      `SELECT min(Timestamp) AS first, count() AS n FROM hunting.DeviceProcessEvents WHERE ${on.sql}`,
      { params: on.params },
    );
    return row && num(row, 'n') !== 0 ? str(row, 'first') : null;
  }

  async #select(
    condition: string,
    params: Parameters<typeof select>[2] extends { params?: infer P } | undefined ? NonNullable<P> : never,
    direction: 'ASC' | 'DESC' = 'ASC',
  ): Promise<Row[]> {
    const on = onDevice(this.#device);
    return select(
      this.#store,
      `SELECT ${COLUMNS} FROM hunting.DeviceProcessEvents WHERE ${on.sql} AND ${STARTS} AND (${condition})
       ORDER BY ${STARTED} ${direction}, _ItemId LIMIT ${MOST_ROWS}`,
      { params: { ...params, ...on.params } },
    );
  }

  /** Put the records of one start together and find out when each number was reused. */
  async #withLives(rows: readonly Row[]): Promise<ProcessStart[]> {
    if (rows.length === 0) return [];
    const pids = [...new Set(rows.flatMap((row) => num(row, 'ProcessId') ?? []))];
    const history = groupBy(await this.#select('ProcessId IN ({pids:Array(Int64)})', { pids: numbers(pids) }), (row) =>
      num(row, 'ProcessId'),
    );
    const starts: ProcessStart[] = [];
    for (const row of rows) {
      const start = startOf(row);
      const fileName = str(row, 'FileName');
      const pid = num(row, 'ProcessId');
      const twins = (history.get(pid) ?? []).filter(
        (other) => near(startOf(other), start) && sameName(str(other, 'FileName'), fileName),
      );
      const uniqueIds = new Set([row, ...twins].map((each) => str(each, 'ProcessUniqueId')).filter(Boolean));
      if (starts.some((known) => [...uniqueIds].some((id) => known.uniqueIds.has(id)))) continue;
      const later = (history.get(pid) ?? []).map(startOf).filter((time) => time > start + TWIN_MS);
      // The record that knows its parent's id knows more.
      const best = [row, ...twins].find((each) => str(each, 'InitiatingProcessUniqueId') !== '') ?? row;
      starts.push({
        row: best,
        uniqueIds,
        pid,
        start: startOf(best),
        fileName: str(best, 'FileName'),
        end: later.length > 0 ? Math.min(...later) : Number.POSITIVE_INFINITY,
      });
    }
    return starts;
  }
}
