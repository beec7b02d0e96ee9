import { isAbsolute, join } from 'node:path';
import type { ReceiverContext } from '../sources/types.ts';

export interface DropSettings {
  /** `collect`: files are complete, and moved away when read. `follow`: logs that grow are read where they are. */
  readonly mode: 'collect' | 'follow';
  readonly folder: string;
  /** Whether a file of this name is taken. */
  takes(name: string): boolean;
  /** A file is complete when it has not changed for so long. */
  readonly settleMs: number;
  /** Read files are kept for so long; null keeps them for ever. */
  readonly keepMs: number | null;
}

const DAY_MS = 86_400_000;
/** Names that programs use while they write. */
const UNFINISHED = /^\.|~$|\.(?:tmp|temp|part|partial|filepart|crdownload|swp|lock|writing)$/i;

/** @throws Error that says which setting cannot be used */
export function dropSettings(context: ReceiverContext): DropSettings {
  const { settings } = context.source;
  const folder = String(settings.folder ?? '').trim();
  const mode = settings.mode === 'follow' ? 'follow' : 'collect';
  if (folder !== '' && !isAbsolute(folder)) throw new Error('The folder must be an absolute path.');
  if (mode === 'follow' && folder === '') throw new Error('Say which folder holds the logs to follow.');
  const patterns = String(settings.pattern ?? '')
    .split(/[\s,]+/)
    .filter((pattern) => pattern !== '')
    .map(globPattern);
  const days = Number(settings.keepDays ?? 7);
  return {
    mode,
    folder: folder === '' ? join(context.dataDir, 'drop') : folder,
    takes: (name) =>
      !UNFINISHED.test(name) && (patterns.length === 0 || patterns.some((pattern) => pattern.test(name))),
    settleMs: Number(settings.settleSeconds ?? 3) * 1_000,
    keepMs: days < 0 ? null : days * DAY_MS,
  };
}

/** `*` and `?` as a shell reads them, for one name. */
function globPattern(pattern: string): RegExp {
  const body = pattern
    .slice(0, 200)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${body}$`, 'i');
}
