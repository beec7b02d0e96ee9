import { makeStyles, tokens } from '@fluentui/react-components';
import type { HuntDiagnostic, HuntingLanguage, HuntingSchemaInfo } from '@parapet/schema/wire';
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import { useAppearance } from '../../theme/Appearance.tsx';
import { messageOf } from './fixes.ts';
import { createLexicon } from './language.ts';
import { forgetFindings, setFindings, setLexicon } from './providers.ts';
import { applyEditorTheme, monaco, setSchema } from './setup.ts';
import type { TextSpan } from './statements.ts';

const useStyles = makeStyles({
  host: {
    height: '100%',
    width: '100%',
    minHeight: 0,
    overflow: 'hidden',
    backgroundColor: tokens.colorNeutralBackground1,
  },
});

/** What the page may do with the editor; offsets are UTF-16 and count line ends as the text has them. */
export interface KustoEditorHandle {
  focus(): void;
  /** Insert at the cursor (replacing the selection), as if typed: one step of undo. */
  insert(text: string): void;
  replace(span: TextSpan, text: string): void;
  selection(): TextSpan | undefined;
  cursor(): number;
  reveal(span: TextSpan): void;
  format(): void;
  toggleComment(): void;
}

export interface KustoEditorProps {
  /** One text per key: each keeps its own undo history, selection and scroll position. */
  readonly documentKey: string;
  readonly text: string;
  readonly cursor: number;
  readonly onChange: (text: string) => void;
  readonly onCursor: (offset: number) => void;
  readonly onRun: () => void;
  readonly onSelection: (selection: TextSpan | undefined) => void;
  readonly schema: HuntingSchemaInfo | undefined;
  readonly language: HuntingLanguage | undefined;
  /** What Run would take now; marked in the margin. */
  readonly running: TextSpan | undefined;
  /** From the server, with offsets in this text. */
  readonly diagnostics: readonly HuntDiagnostic[];
  readonly ref?: Ref<KustoEditorHandle>;
}

interface Document {
  readonly model: monaco.editor.ITextModel;
  view: monaco.editor.ICodeEditorViewState | null;
}

/** Kept while the portal is open: leaving the page loses neither undo nor selection. */
const documents = new Map<string, Document>();

function documentFor(key: string, text: string): Document {
  let found = documents.get(key);
  if (!found || found.model.isDisposed()) {
    const uri = monaco.Uri.parse(`inmemory://hunting/${encodeURIComponent(key)}.kql`);
    monaco.editor.getModel(uri)?.dispose();
    found = { model: monaco.editor.createModel(text, 'kusto', uri), view: null };
    found.model.setEOL(monaco.editor.EndOfLineSequence.LF);
    documents.set(key, found);
  }
  return found;
}

/** Forget a closed tab. */
export function disposeDocument(key: string): void {
  const model = documents.get(key)?.model;
  if (model) forgetFindings(model.uri);
  model?.dispose();
  documents.delete(key);
}

function rangeOf(model: monaco.editor.ITextModel, span: TextSpan): monaco.Range {
  return monaco.Range.fromPositions(model.getPositionAt(span.start), model.getPositionAt(span.end));
}

export default function KustoEditor(props: KustoEditorProps) {
  const styles = useStyles();
  const { themeName } = useAppearance();
  const host = useRef<HTMLDivElement>(null);
  const editorRef = useRef<monaco.editor.IStandaloneCodeEditor>(null);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => applyEditorTheme(themeName), [themeName]);

  useEffect(() => {
    const editor = monaco.editor.create(host.current!, {
      model: null,
      automaticLayout: true,
      minimap: { enabled: false },
      fontFamily: "'Cascadia Mono', 'JetBrains Mono', Consolas, 'DejaVu Sans Mono', Menlo, monospace",
      fontSize: 13,
      lineNumbersMinChars: 3,
      scrollBeyondLastLine: false,
      wordWrap: 'on',
      fixedOverflowWidgets: true,
      ariaLabel: 'KQL query. Shift+Enter runs. Ctrl+M lets the Tab key leave the editor.',
      unicodeHighlight: { ambiguousCharacters: false, invisibleCharacters: true, nonBasicASCII: false },
      renderControlCharacters: true,
      suggest: { showWords: false },
      quickSuggestions: { other: true, strings: true, comments: false },
      padding: { top: 6 },
      // Above the first lines is the tab strip: help must not cover it.
      hover: { above: false },
    });
    editorRef.current = editor;
    editor.addCommand(monaco.KeyMod.Shift | monaco.KeyCode.Enter, () => latest.current.onRun());
    editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, () => latest.current.onRun());
    const subscriptions = [
      editor.onDidChangeModelContent(() => {
        const model = editor.getModel();
        if (model) latest.current.onChange(model.getValue());
      }),
      editor.onDidChangeCursorPosition((event) => {
        const model = editor.getModel();
        if (model) latest.current.onCursor(model.getOffsetAt(event.position));
      }),
      editor.onDidChangeCursorSelection(({ selection }) => {
        const model = editor.getModel();
        latest.current.onSelection(
          model && !selection.isEmpty()
            ? {
                start: model.getOffsetAt(selection.getStartPosition()),
                end: model.getOffsetAt(selection.getEndPosition()),
              }
            : undefined,
        );
      }),
    ];
    return () => {
      for (const subscription of subscriptions) subscription.dispose();
      const current = documents.get(latest.current.documentKey);
      if (current) current.view = editor.saveViewState();
      editor.dispose();
      editorRef.current = null;
    };
  }, []);

  const { documentKey, text, schema, language, diagnostics, running } = props;
  useEffect(() => {
    const editor = editorRef.current;
    if (!editor) return;
    const document = documentFor(documentKey, latest.current.text);
    editor.setModel(document.model);
    if (document.view) editor.restoreViewState(document.view);
    else editor.setPosition(document.model.getPositionAt(latest.current.cursor));
    editor.focus();
    return () => {
      if (!document.model.isDisposed()) document.view = editor.saveViewState();
    };
  }, [documentKey]);

  // Text set from outside (a saved query opened, another window): replaced as one undo step.
  useEffect(() => {
    const model = documents.get(documentKey)?.model;
    if (model && !model.isDisposed() && model.getValue() !== text)
      model.pushEditOperations([], [{ range: model.getFullModelRange(), text }], () => null);
  }, [documentKey, text]);

  useEffect(() => {
    const model = documents.get(documentKey)?.model;
    if (schema && model) void setSchema(schema, model.uri);
  }, [schema, documentKey]);

  useEffect(() => setLexicon(createLexicon(language, schema)), [language, schema]);

  const [from, to] = [running?.start, running?.end];
  useEffect(() => {
    const model = documents.get(documentKey)?.model;
    if (!model || from === undefined || to === undefined) return;
    const marks = model.deltaDecorations(
      [],
      [
        {
          range: rangeOf(model, { start: from, end: to }),
          options: { isWholeLine: true, linesDecorationsClassName: 'parapet-will-run' },
        },
      ],
    );
    return () => {
      if (!model.isDisposed()) model.deltaDecorations(marks, []);
    };
  }, [from, to, documentKey]);

  useEffect(() => {
    const model = documents.get(documentKey)?.model;
    if (!model) return;
    setFindings(model.uri, diagnostics);
    monaco.editor.setModelMarkers(
      model,
      'parapet',
      diagnostics.map((diagnostic) => {
        const range = rangeOf(model, {
          start: diagnostic.start,
          end: diagnostic.start + Math.max(1, diagnostic.length),
        });
        return {
          ...range,
          startLineNumber: range.startLineNumber,
          startColumn: range.startColumn,
          endLineNumber: range.endLineNumber,
          endColumn: range.endColumn,
          message: messageOf(diagnostic),
          code: diagnostic.code,
          severity: diagnostic.severity === 'error' ? monaco.MarkerSeverity.Error : monaco.MarkerSeverity.Warning,
        };
      }),
    );
  }, [diagnostics, documentKey]);

  useImperativeHandle(props.ref, (): KustoEditorHandle => {
    const edit = (range: monaco.IRange, value: string) => {
      const editor = editorRef.current;
      editor?.pushUndoStop();
      editor?.executeEdits('parapet', [{ range, text: value, forceMoveMarkers: true }]);
      editor?.pushUndoStop();
      editor?.focus();
    };
    return {
      focus: () => editorRef.current?.focus(),
      insert: (value) => {
        const selection = editorRef.current?.getSelection();
        if (selection) edit(selection, value);
      },
      replace: (span, value) => {
        const model = editorRef.current?.getModel();
        if (model) edit(rangeOf(model, span), value);
      },
      selection: () => {
        const editor = editorRef.current;
        const selection = editor?.getSelection();
        const model = editor?.getModel();
        if (!selection || !model || selection.isEmpty()) return undefined;
        return {
          start: model.getOffsetAt(selection.getStartPosition()),
          end: model.getOffsetAt(selection.getEndPosition()),
        };
      },
      cursor: () => {
        const editor = editorRef.current;
        const position = editor?.getPosition();
        return position ? (editor?.getModel()?.getOffsetAt(position) ?? 0) : 0;
      },
      reveal: (span) => {
        const editor = editorRef.current;
        const model = editor?.getModel();
        if (!editor || !model) return;
        const range = rangeOf(model, span);
        editor.setSelection(range);
        editor.revealRangeInCenterIfOutsideViewport(range);
        editor.focus();
      },
      format: () => void editorRef.current?.getAction('editor.action.formatDocument')?.run(),
      toggleComment: () => void editorRef.current?.getAction('editor.action.commentLine')?.run(),
    };
  }, []);

  return <div ref={host} className={styles.host} data-testid="kusto-editor" />;
}
