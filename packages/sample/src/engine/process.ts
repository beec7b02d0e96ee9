import type { EventData } from '../formats/winlogbeat.ts';
import type { Program, ProgramKey } from '../model/binaries.ts';
import type { Account } from '../model/org.ts';

/** A logon session: what 4624 declared and what processes and 4634 refer to. */
export interface Logon {
  readonly id: string;
  readonly guid: string;
  readonly account: Account;
  readonly type: number;
  /** Terminal session number. */
  readonly session: number;
  open: boolean;
}

export interface Process {
  readonly guid: string;
  readonly pid: number;
  readonly image: string;
  readonly program: Program;
  readonly command: string;
  readonly logon: Logon;
  readonly parent: Process | null;
  readonly integrity: Integrity;
  alive: boolean;
}

export type Integrity = 'System' | 'High' | 'Medium' | 'Low' | 'AppContainer';

export interface SpawnOptions {
  readonly command?: string;
  readonly parent: Process;
  /** Defaults to the parent's. */
  readonly logon?: Logon;
  readonly integrity?: Integrity;
  readonly folder?: string;
  /** Milliseconds until it ends by itself. Without it the process lives until its session or machine ends. */
  readonly life?: number;
}

export const SYSTEM: Account = { name: 'SYSTEM', domain: 'NT AUTHORITY', sid: 'S-1-5-18', privileged: true };
export const LOCAL_SERVICE: Account = {
  name: 'LOCAL SERVICE',
  domain: 'NT AUTHORITY',
  sid: 'S-1-5-19',
  privileged: false,
};
export const NETWORK_SERVICE: Account = {
  name: 'NETWORK SERVICE',
  domain: 'NT AUTHORITY',
  sid: 'S-1-5-20',
  privileged: false,
};

/** Extra services a machine runs, started at boot: program, command line, account. */
export interface ServiceSpec {
  readonly key: string;
  readonly program: ProgramKey;
  readonly command: string;
  readonly account: Account;
}

/** The three fields by which every Sysmon event names its process. */
export function identity(process: Process): EventData {
  return { ProcessGuid: process.guid, ProcessId: String(process.pid), Image: process.image };
}

export function userOf(account: Account): string {
  return `${account.domain}\\${account.name}`;
}

export function hex(n: number): string {
  return `0x${n.toString(16)}`;
}
