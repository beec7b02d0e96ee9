import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runInThisContext } from 'node:vm';
import type { KLanguage } from '../kusto-api.ts';
import { quickenLibrary, quickenRuntime } from './runtime.ts';

let loaded: KLanguage | undefined;
let kindNames: string[] | undefined;
let folder: string | undefined;

/** Where the library's two scripts are, for builds that do not keep `node_modules`. */
export function setKustoLibraryFolder(path: string): void {
  folder = path;
}

/** Microsoft's language library, loaded on first use and kept for the life of the process. */
export function kusto(): KLanguage {
  if (loaded) return loaded;
  const at = folder ?? dirname(createRequire(import.meta.url).resolve('@kusto/language-service-next/package.json'));
  for (const file of ['bridge.min.js', 'Kusto.Language.Bridge.min.js']) {
    const path = join(at, file);
    runInThisContext(readFileSync(path, 'utf8'), { filename: path });
    if (file === 'bridge.min.js') quickenRuntime();
  }
  quickenLibrary();
  const global = globalThis as unknown as { Kusto: { Language: KLanguage } };
  loaded = global.Kusto.Language;
  return loaded;
}

/** The name of a syntax kind, such as `FilterOperator`. */
export function kindName(kind: number): string {
  if (!kindNames) {
    kindNames = [];
    const kinds = kusto().Syntax.SyntaxKind;
    for (const name of Object.keys(kinds)) {
      const value = kinds[name];
      if (typeof value === 'number') kindNames[value] = name;
    }
  }
  return kindNames[kind] ?? `Kind${kind}`;
}
