import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What the publisher of a recording says is in it. */
export interface Unit {
  /** Path inside the data folder; `<archive>!<folder>` for archives that hold one simulation a folder. */
  readonly name: string;
  /** First folder of the path. */
  readonly area: string;
  readonly kind: 'attack' | 'benign' | 'labelled' | 'unlabelled';
  /** Published ATT&CK ids; empty for `attack` units whose publisher names none. */
  readonly techniques: readonly string[];
}

/** A file to load, and to which unit each of its records belongs. */
export interface Source {
  readonly path: string;
  readonly unit: Unit;
  /** One unit a folder of the archive. */
  readonly byFolder: boolean;
}

/** Folders that are nothing but ordinary work; all else without published techniques is only looked at for noise. */
const BENIGN = [/^benign\//, /^identity-m365\/msticpy-/, /^endpoint-linux\/msticpy\//, /^network\/azure-nsg\//];
const AREAS = ['endpoint-windows', 'endpoint-linux', 'identity-m365', 'cloud-aws', 'network', 'saas-audit', 'benign'];
const PLACEHOLDER = 'T0000';

export const techniquesIn = (text: string): string[] =>
  [...new Set(text.match(/\bT\d{4}(?:\.\d{3})?\b/g) ?? [])].filter((id) => id !== PLACEHOLDER);

/**
 * The files of a data folder that are looked at, by its `MANIFEST.csv` (columns `path`, `attack`, …).
 * Where a recording lies there twice, as event log files and as JSON made from them, the event log files are taken.
 * @param only areas to take, e.g. `['cloud-aws']`; empty takes all
 * @throws Error when the folder has no manifest
 */
export function sourcesOf(folder: string, only: readonly string[]): Source[] {
  const rows = parseCsv(readFileSync(join(folder, 'MANIFEST.csv'), 'utf8'));
  const [head = [], ...lines] = rows;
  const at = (line: readonly string[], column: string): string => line[head.indexOf(column)] ?? '';
  const paths = new Set(lines.map((line) => at(line, 'path')));
  const sources: Source[] = [];
  for (const line of lines) {
    const path = at(line, 'path');
    const area = path.split('/')[0] ?? '';
    if (!AREAS.includes(area) || (only.length > 0 && !only.includes(area))) continue;
    if (/\.jsonl?\.gz$/.test(path) && paths.has(path.replace(/\.jsonl?\.gz$/, '.evtx.zip'))) continue;
    const techniques = techniquesIn(at(line, 'attack'));
    const byFolder = techniques.length === 0 && /folder name/.test(at(line, 'attack'));
    const kind = BENIGN.some((pattern) => pattern.test(path))
      ? 'benign'
      : area === 'saas-audit'
        ? 'labelled'
        : techniques.length > 0 || byFolder || /emulation|detonation|README table/i.test(at(line, 'attack'))
          ? 'attack'
          : 'unlabelled';
    sources.push({ path: join(folder, path), unit: { name: path, area, kind, techniques }, byFolder });
  }
  return sources;
}

/** Unit of a record inside an archive of folders: the folder's name holds its technique. */
export function folderUnit(unit: Unit, entry: string): Unit {
  const folder = dirname(entry);
  return { ...unit, name: `${unit.name}!${folder}`, techniques: techniquesIn(basename(folder)) };
}

/** RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',') {
      row.push(cell);
      cell = '';
    } else if (c === '\n') {
      row.push(cell.replace(/\r$/, ''));
      rows.push(row);
      row = [];
      cell = '';
    } else cell += c;
  }
  if (cell || row.length > 0) rows.push([...row, cell]);
  return rows;
}
