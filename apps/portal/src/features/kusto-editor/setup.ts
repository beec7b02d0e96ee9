// First: a language asks for services, and those that are not known by then stay unknown.
import 'monaco-editor/esm/vs/editor/edcore.main';
import { getKustoWorker, kustoDefaults, themeNames } from '@kusto/monaco-kusto';
import KustoCommandHighlighter from '@kusto/monaco-kusto/release/esm/commandHighlighter';
import { DiagnosticsAdapter } from '@kusto/monaco-kusto/release/esm/languageFeatures';
import type { HuntingSchemaInfo } from '@parapet/schema/wire';
import { applyEditorTheme, monaco, registerWorker } from '../text-editor/monaco.ts';
import KustoWorker from './kusto.worker.ts?worker';
import { fitCompletion } from './providers.ts';
import { CLUSTER, DATABASE, toShowSchema } from './schema.ts';

/** Loads the editor; imported dynamically, so that pages without an editor do not carry it. */

registerWorker('kusto', () => new KustoWorker());

kustoDefaults.setLanguageSettings({
  ...kustoDefaults.languageSettings,
  includeControlCommands: false,
  openSuggestionDialogAfterPreviousSuggestionAccepted: true,
  newlineAfterPipe: false,
  // What is underlined, fixed and told on hover comes from the compiler that runs the query, not from the library.
  enableHover: false,
  enableQueryWarnings: false,
  enableQuickFixes: false,
  onDidProvideCompletionItems: fitCompletion,
  // Rows of hunting tables are read through one database; nothing is gained by offering others.
  completionOptions: { includeExtendedSyntax: false },
});

// The library has no switch for its own findings: a query that compiles must show none, and what it does after a check
// takes everybody's underlines away.
Object.assign(DiagnosticsAdapter.prototype, { _doValidate: () => {} });

// The margin marks what Run takes; a tint behind the text costs its colours their contrast.
Object.assign(KustoCommandHighlighter, { CURRENT_COMMAND_HIGHLIGHT: { className: 'parapet-query' } });

let known: HuntingSchemaInfo | undefined;
let loads = 0;

/** Names and parameters are what the language service reads; the number of rows is not. */
const sameNames = (a: HuntingSchemaInfo, b: HuntingSchemaInfo): boolean =>
  a.version === b.version &&
  a.tables.length === b.tables.length &&
  JSON.stringify([a.functions, a.watchlists]) === JSON.stringify([b.functions, b.watchlists]);

/** Tell the language service what can be queried. Sent again only when that changed; the text is not touched. */
export async function setSchema(info: HuntingSchemaInfo, uri: monaco.Uri): Promise<void> {
  if (known && sameNames(known, info)) return;
  known = info;
  loads += 1;
  const worker = await (await getKustoWorker())(uri);
  await worker.setSchemaFromShowSchema(toShowSchema(info, loads), CLUSTER, DATABASE);
}

export { applyEditorTheme, monaco, themeNames };
