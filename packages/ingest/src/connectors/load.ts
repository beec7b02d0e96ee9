import type { HuntingTable } from '@parapet/schema';
import type { ConnectorProblem, InstalledConnector } from '../types.ts';
import { type CompiledConnector, checkMatch, compileConnector } from './compile.ts';
import { customTableConnector } from './custom-tables.ts';
import { ConnectorError, findParts, listConnectorFiles, parseConnector, readConnector } from './definition.ts';
import type { ConnectorPart } from './include.ts';
import { LIVE, type Place } from './place.ts';
import { buildStatements, type ConnectorStatements, huntingTables } from './statements.ts';

export interface LoadedConnector {
  readonly compiled: CompiledConnector;
  readonly statements: ConnectorStatements;
  /** Installed at run time, not part of the built-in folder. */
  readonly installed: boolean;
  /** What it was written as, to tell whether it changed. */
  readonly text: string;
  /** The tables it was compiled for. A table that gets a column is another object. */
  readonly targets: readonly HuntingTable[];
}

/** The tables that a connector may write to; custom ones have connectors of their own. */
function targetsOf(
  { definition, outputs }: CompiledConnector,
  tables: ReadonlyMap<string, HuntingTable>,
): HuntingTable[] {
  if (definition.passthrough) return [...tables.values()].filter((table) => table.origin !== 'custom');
  return [...new Set(outputs.map((output) => output.table))].flatMap((name) => tables.get(name) ?? []);
}

/**
 * Parse, check and compile one connector.
 * @throws ConnectorError with file and line
 */
export function loadConnector(
  { file, text, parts = [] }: InstalledConnector & { readonly parts?: readonly ConnectorPart[] },
  tables: ReadonlyMap<string, HuntingTable>,
  place: Place = LIVE,
): Omit<LoadedConnector, 'installed'> {
  const definition = parseConnector(text, file, parts);
  checkMatch(definition);
  const compiled = compileConnector(definition, tables, place);
  return {
    compiled,
    statements: buildStatements(compiled, tables),
    text: wholeText(text, parts),
    targets: targetsOf(compiled, tables),
  };
}

/**
 * Read, compile and check every connector. A broken one is reported with its place and left out; the others work.
 * Installed connectors come first, and one with the id of a built-in connector takes its place.
 * @param earlier connectors that are used as they are when their text has not changed
 * @throws Error when the folder itself cannot be read
 */
export async function loadConnectors(
  dir: string,
  installed: readonly InstalledConnector[] = [],
  earlier: readonly LoadedConnector[] = [],
): Promise<{ readonly connectors: readonly LoadedConnector[]; readonly problems: readonly ConnectorProblem[] }> {
  const connectors: LoadedConnector[] = [];
  const problems: ConnectorProblem[] = [];
  const tables = huntingTables();
  const seen = new Map<string, { readonly file: string; readonly installed: boolean }>();
  const known = new Map(
    earlier.map((connector) => [`${connector.compiled.definition.file}\n${connector.text}`, connector]),
  );
  const add = (item: Parameters<typeof loadConnector>[0], own: boolean): void => {
    try {
      const kept = known.get(`${item.file}\n${wholeText(item.text, item.parts)}`);
      const loaded: LoadedConnector =
        kept && kept.installed === own && kept.targets.every((table) => tables.get(table.name) === table)
          ? kept
          : { ...loadConnector(item, tables), installed: own };
      const { id } = loaded.compiled.definition;
      const other = seen.get(id);
      if (other?.installed && !own) return;
      if (other) throw new ConnectorError(item.file, 1, `the id ${id} is already used by ${other.file}`);
      connectors.push(loaded);
      seen.set(id, { file: item.file, installed: own });
    } catch (error) {
      if (error instanceof ConnectorError) problems.push(error.toProblem());
      else problems.push({ file: item.file, line: 1, message: error instanceof Error ? error.message : String(error) });
    }
  };
  for (const table of tables.values())
    if (table.origin === 'custom' && table.timeColumn) add(customTableConnector(table), true);
  for (const item of [...installed].sort((a, b) => (a.file < b.file ? -1 : 1))) {
    try {
      add({ ...item, parts: await findParts(dir, item.text) }, true);
    } catch (error) {
      problems.push({ file: item.file, line: 1, message: error instanceof Error ? error.message : String(error) });
    }
  }
  for (const file of await listConnectorFiles(dir)) {
    try {
      add({ file, ...(await readConnector(dir, file)) }, false);
    } catch (error) {
      problems.push(
        error instanceof ConnectorError ? error.toProblem() : { file, line: 1, message: 'the file cannot be read' },
      );
    }
  }
  connectors.sort((a, b) => Number(a.compiled.definition.fallback) - Number(b.compiled.definition.fallback));
  return { connectors, problems };
}

function wholeText(text: string, parts: readonly ConnectorPart[] = []): string {
  return [text, ...parts.map((part) => part.text)].join('\n---\n');
}
