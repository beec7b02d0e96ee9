import type { HuntDiagnostic } from '@parapet/schema/wire';
import * as monaco from 'monaco-editor/esm/vs/editor/editor.api';
import type { CompletionItem, CompletionList } from 'vscode-languageserver-types';
import { replaces } from './fixes.ts';
import { createLexicon, helpAt, type Lexicon, watchlistArgument, wordText } from './language.ts';

/** What the editor adds to the language service: help in our words, the compiler's fixes, names of watchlists. */

let lexicon: Lexicon = createLexicon(undefined, undefined);

export function setLexicon(next: Lexicon): void {
  lexicon = next;
}

/** Text that Markdown must not read. */
const escaped = (text: string): string => text.replace(/[\\`*_{}[\]()#+.!|<>~-]/g, '\\$&');

monaco.languages.registerHoverProvider('kusto', {
  provideHover(model, position) {
    const help = helpAt(model.getValue(), model.getOffsetAt(position), lexicon);
    if (!help) return null;
    const range = monaco.Range.fromPositions(model.getPositionAt(help.start), model.getPositionAt(help.end));
    const lines = [`\`\`\`text\n${help.title}\n\`\`\``, `*${escaped(help.kind)}*`];
    if (help.text) lines.push(...help.text.split('\n\n').map(escaped));
    return { range, contents: [{ value: lines.join('\n\n') }] };
  },
});

const findings = new Map<string, readonly HuntDiagnostic[]>();

/** The findings that quick fixes come from, by document. */
export function setFindings(uri: monaco.Uri, diagnostics: readonly HuntDiagnostic[]): void {
  findings.set(uri.toString(), diagnostics);
}

export function forgetFindings(uri: monaco.Uri): void {
  findings.delete(uri.toString());
}

monaco.languages.registerCodeActionProvider(
  'kusto',
  {
    provideCodeActions(model, range) {
      const [from, to] = [model.getOffsetAt(range.getStartPosition()), model.getOffsetAt(range.getEndPosition())];
      const actions = (findings.get(model.uri.toString()) ?? [])
        .filter((one) => replaces(one) && one.start <= to && one.start + one.length >= from)
        .map((one): monaco.languages.CodeAction => {
          const place = monaco.Range.fromPositions(
            model.getPositionAt(one.start),
            model.getPositionAt(one.start + one.length),
          );
          const textEdit = { range: place, text: one.suggestion ?? '' };
          return {
            title: `Replace with ${one.suggestion}`,
            kind: 'quickfix',
            isPreferred: true,
            edit: { edits: [{ resource: model.uri, textEdit, versionId: model.getVersionId() }] },
          };
        });
      return { actions, dispose: () => {} };
    },
  },
  { providedCodeActionKinds: ['quickfix'] },
);

monaco.languages.registerCompletionItemProvider('kusto', {
  triggerCharacters: ['(', '"', "'"],
  provideCompletionItems(model, position) {
    const line = model.getLineContent(position.lineNumber);
    const before = line.slice(0, position.column - 1);
    const typed = watchlistArgument(before);
    if (typed === undefined || lexicon.watchlists.length === 0) return { suggestions: [] };
    const quote = typed[0] ?? "'";
    const closing = typed && line[position.column - 1] === quote ? 1 : 0;
    const range = new monaco.Range(
      position.lineNumber,
      position.column - typed.length,
      position.lineNumber,
      position.column + closing,
    );
    const suggestions = lexicon.watchlists.map((alias) => ({
      label: alias,
      kind: monaco.languages.CompletionItemKind.Value,
      insertText: `${quote}${alias}${quote}`,
      filterText: `${quote}${alias}`,
      detail: 'Watchlist',
      range,
    }));
    return { suggestions };
  },
});

const CALL = /^([A-Za-z_][\w-]*)\s*\(/;

/** What the item is called, without the arguments that the label shows. */
const nameOf = (item: CompletionItem): string => CALL.exec(item.label)?.[1] ?? item.label.trim();

/**
 * The language service's list as this compiler sees it: words it refuses and retired table names are left out, help is
 * our own.
 */
export function fitCompletion(list: CompletionList): Promise<CompletionList> {
  const items = list.items.flatMap((item): CompletionItem[] => {
    const name = nameOf(item);
    if (lexicon.unsupported(name) || lexicon.retired(name)) return [];
    const { documentation: _, detail: __, ...bare } = item;
    const word = lexicon.word(name);
    if (word)
      return [
        { ...bare, documentation: { kind: 'markdown', value: `\`${word.form}\`\n\n${escaped(wordText(word))}` } },
      ];
    const table = lexicon.table(name);
    if (table) return [{ ...bare, documentation: { kind: 'markdown', value: escaped(table.description) } }];
    const column = lexicon.column(name)?.column;
    if (!column) return [bare];
    const value = [`\`${column.type}\``, ...(column.description ? [escaped(column.description)] : [])].join('\n\n');
    return [{ ...bare, documentation: { kind: 'markdown', value } }];
  });
  return Promise.resolve({ ...list, items });
}
