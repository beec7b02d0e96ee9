import 'monaco-editor/esm/vs/editor/edcore.main';
import { getKustoWorker, kustoDefaults, themeNames } from '@kusto/monaco-kusto';
import KustoCommandHighlighter from '@kusto/monaco-kusto/release/esm/commandHighlighter';
import { DiagnosticsAdapter } from '@kusto/monaco-kusto/release/esm/languageFeatures';
import type { HuntingSchemaInfo } from '@parapet/schema/wire';
import * as monaco from 'monaco-editor/esm/vs/editor/editor.api';
import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker?worker';
import { type ThemeName, themes } from '../../theme/theme.ts';
import KustoWorker from './kusto.worker.ts?worker';
import { fitCompletion } from './providers.ts';
import { CLUSTER, DATABASE, toShowSchema } from './schema.ts';

/** Loads the editor; imported dynamically, so that pages without an editor do not carry it. */

const environment: monaco.Environment = {
  getWorker: (_id, label) => (label === 'kusto' ? new KustoWorker() : new EditorWorker()),
};
Object.assign(globalThis, { MonacoEnvironment: environment });

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

function defineTheme(name: ThemeName, base: 'vs' | 'vs-dark' | 'hc-black'): void {
  const theme = themes[name];
  monaco.editor.defineTheme(`parapet-${name}`, {
    base,
    inherit: true,
    rules: base === 'vs' ? LIGHT_RULES : DARK_RULES,
    colors: {
      'editor.background': hex(theme.colorNeutralBackground1),
      'editor.foreground': hex(theme.colorNeutralForeground1),
      'editorGutter.background': hex(theme.colorNeutralBackground1),
      'editorLineNumber.foreground': hex(theme.colorNeutralForeground3),
      // A frame instead of a tint, for the same reason.
      'editor.wordHighlightBackground': '#00000000',
      'editor.wordHighlightStrongBackground': '#00000000',
      'editor.wordHighlightBorder': hex(theme.colorNeutralStroke1),
      'editor.wordHighlightStrongBorder': hex(theme.colorNeutralStroke1),
      'editorWidget.background': hex(theme.colorNeutralBackground1),
      'editorSuggestWidget.background': hex(theme.colorNeutralBackground1),
      'editorHoverWidget.background': hex(theme.colorNeutralBackground1),
    },
  });
}

const hex = (color: string): string => (/^#[0-9a-f]{6}$/i.test(color) ? color : '#000000');

const LIGHT_RULES = [
  { token: 'comment', foreground: '3f6f21' },
  { token: 'variable.predefined', foreground: '800080' },
  { token: 'function', foreground: '0b4fb3' },
  { token: 'operator.sql', foreground: 'a93000' },
  { token: 'string', foreground: 'a31515' },
  { token: 'operator.scss', foreground: '0b4fb3' },
  { token: 'variable', foreground: 'ad1457' },
  { token: 'variable.parameter', foreground: '7b1fa2' },
  { token: 'type', foreground: '0b4fb3' },
  { token: 'tag', foreground: '0b4fb3' },
  { token: 'annotation', foreground: '7b1fa2' },
  { token: 'keyword', foreground: '0b4fb3' },
  { token: 'number', foreground: '1a237e' },
];

const DARK_RULES = [
  { token: 'comment', foreground: '7fb069' },
  { token: 'variable.predefined', foreground: '4ec9b0' },
  { token: 'function', foreground: 'dcdcaa' },
  { token: 'operator.sql', foreground: '9cdcfe' },
  { token: 'string', foreground: 'e0a07e' },
  { token: 'operator.scss', foreground: '6cb6f0' },
  { token: 'variable', foreground: '4ec9b0' },
  { token: 'variable.parameter', foreground: 'd3a0d0' },
  { token: 'type', foreground: '6cb6f0' },
  { token: 'tag', foreground: '6cb6f0' },
  { token: 'annotation', foreground: 'c9b6f2' },
  { token: 'keyword', foreground: '6cb6f0' },
  { token: 'number', foreground: 'd7ba7d' },
];

defineTheme('light', 'vs');
defineTheme('dark', 'vs-dark');
defineTheme('highContrast', 'hc-black');

export function applyEditorTheme(name: ThemeName): void {
  monaco.editor.setTheme(`parapet-${name}`);
}

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

export { monaco, themeNames };
