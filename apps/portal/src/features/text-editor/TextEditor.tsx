import { makeStyles, tokens } from '@fluentui/react-components';
import { useEffect, useRef } from 'react';
import { useAppearance } from '../../theme/Appearance.tsx';
import { applyEditorTheme, monaco } from './monaco.ts';

const useStyles = makeStyles({
  host: {
    height: '100%',
    width: '100%',
    minHeight: 0,
    overflow: 'hidden',
    backgroundColor: tokens.colorNeutralBackground1,
  },
});

/** A place in the text that is wrong, and why. */
export interface TextMark {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface TextEditorProps {
  /** What is edited, for people who hear the page. */
  readonly label: string;
  readonly language: 'yaml' | 'plaintext';
  readonly text: string;
  readonly readOnly?: boolean;
  readonly marks?: readonly TextMark[];
  readonly onChange: (text: string) => void;
  /** Ctrl+Enter. */
  readonly onRun?: () => void;
}

/** An editor for files; default export because it is loaded lazily. The text may be replaced from outside. */
export default function TextEditor({ label, language, text, readOnly, marks, onChange, onRun }: TextEditorProps) {
  const styles = useStyles();
  const { themeName } = useAppearance();
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<monaco.editor.IStandaloneCodeEditor>(null);
  const call = useRef({ onChange, onRun });
  call.current = { onChange, onRun };
  const first = useRef({ text, language, label, readOnly });

  useEffect(() => {
    const start = first.current;
    const made = monaco.editor.create(host.current as HTMLDivElement, {
      value: start.text,
      language: start.language,
      ariaLabel: start.label,
      readOnly: start.readOnly ?? false,
      minimap: { enabled: false },
      automaticLayout: true,
      fontFamily: "'Cascadia Mono', 'JetBrains Mono', Consolas, 'DejaVu Sans Mono', Menlo, monospace",
      fontSize: 13,
      tabSize: 2,
      insertSpaces: true,
      scrollBeyondLastLine: false,
      renderLineHighlight: 'line',
      wordWrap: start.language === 'plaintext' ? 'on' : 'off',
      fixedOverflowWidgets: true,
      // Pasted records stay as they were pasted.
      ...(start.language === 'plaintext' ? { autoClosingBrackets: 'never', autoClosingQuotes: 'never' } : {}),
      // Tab leaves the editor when there is nothing to indent; Ctrl+M switches it.
      tabFocusMode: false,
    });
    editor.current = made;
    made.onDidChangeModelContent(() => call.current.onChange(made.getValue()));
    made.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, () => call.current.onRun?.());
    return () => {
      made.getModel()?.dispose();
      made.dispose();
      editor.current = null;
    };
  }, []);

  useEffect(() => applyEditorTheme(themeName), [themeName]);
  useEffect(() => {
    if (editor.current && editor.current.getValue() !== text) editor.current.setValue(text);
  }, [text]);
  useEffect(() => editor.current?.updateOptions({ readOnly: readOnly ?? false }), [readOnly]);
  useEffect(() => {
    const model = editor.current?.getModel();
    if (!model) return;
    monaco.editor.setModelMarkers(
      model,
      'parapet',
      (marks ?? []).map(({ line, message }) => {
        const at = Math.min(Math.max(1, line), model.getLineCount());
        return {
          severity: monaco.MarkerSeverity.Error,
          message,
          startLineNumber: at,
          endLineNumber: at,
          startColumn: model.getLineFirstNonWhitespaceColumn(at) || 1,
          endColumn: model.getLineMaxColumn(at),
        };
      }),
    );
    const line = marks?.[0]?.line;
    if (line) editor.current?.revealLineInCenterIfOutsideViewport(line);
  }, [marks]);

  return <div ref={host} className={styles.host} />;
}
