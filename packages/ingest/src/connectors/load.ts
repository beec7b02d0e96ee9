import type { ConnectorProblem } from '../types.ts';
import { type CompiledConnector, checkMatch, compileConnector } from './compile.ts';
import { ConnectorError, listConnectorFiles, readConnector } from './definition.ts';
import { buildStatements, type ConnectorStatements, huntingTables } from './statements.ts';

export interface LoadedConnector {
  readonly compiled: CompiledConnector;
  readonly statements: ConnectorStatements;
}

/**
 * Read, compile and check every connector file. A broken one is reported with its place and left out; the others work.
 * @throws Error when the folder itself cannot be read
 */
export async function loadConnectors(
  dir: string,
): Promise<{ readonly connectors: readonly LoadedConnector[]; readonly problems: readonly ConnectorProblem[] }> {
  const connectors: LoadedConnector[] = [];
  const problems: ConnectorProblem[] = [];
  const tables = huntingTables();
  const seen = new Map<string, string>();
  for (const file of await listConnectorFiles(dir)) {
    try {
      const definition = await readConnector(dir, file);
      const other = seen.get(definition.id);
      if (other) throw new ConnectorError(file, 1, `the id ${definition.id} is already used by ${other}`);
      checkMatch(definition);
      const compiled = compileConnector(definition, tables);
      connectors.push({ compiled, statements: buildStatements(compiled, tables) });
      seen.set(definition.id, file);
    } catch (error) {
      if (error instanceof ConnectorError) problems.push(error.toProblem());
      else problems.push({ file, line: 1, message: error instanceof Error ? error.message : String(error) });
    }
  }
  connectors.sort((a, b) => Number(a.compiled.definition.fallback) - Number(b.compiled.definition.fallback));
  return { connectors, problems };
}
