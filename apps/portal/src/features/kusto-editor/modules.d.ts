declare module 'monaco-editor/esm/vs/editor/edcore.main' {
  export * from 'monaco-editor/esm/vs/editor/editor.api';
}
declare module '@kusto/monaco-kusto/release/esm/kusto.worker';
