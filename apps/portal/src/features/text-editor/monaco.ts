// The order matters: a language asks for services, and those that are not known by then stay unknown.
import 'monaco-editor/esm/vs/editor/edcore.main';
import 'monaco-editor/esm/vs/basic-languages/yaml/yaml.contribution';
import * as monaco from 'monaco-editor/esm/vs/editor/editor.api';
import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker?worker';
import { type ThemeName, themes } from '../../theme/theme.ts';

/** What every editor shares: its worker and the portal's colours. Imported by modules that are loaded dynamically. */

const workers = new Map<string, () => Worker>();
const environment: monaco.Environment = { getWorker: (_id, label) => workers.get(label)?.() ?? new EditorWorker() };
Object.assign(globalThis, { MonacoEnvironment: environment });

/** A language that brings a worker of its own. */
export function registerWorker(label: string, make: () => Worker): void {
  workers.set(label, make);
}

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
  { token: 'string.yaml', foreground: '3b3a39' },
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
  { token: 'string.yaml', foreground: 'e1dfdd' },
];

defineTheme('light', 'vs');
defineTheme('dark', 'vs-dark');
defineTheme('highContrast', 'hc-black');

export function applyEditorTheme(name: ThemeName): void {
  monaco.editor.setTheme(`parapet-${name}`);
}

export { monaco };
