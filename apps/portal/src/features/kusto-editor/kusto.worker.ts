import './worker-global.ts';
import '@kusto/monaco-kusto/release/esm/kusto.worker';
import { splitQueries } from './statements.ts';

interface BridgeList {
  add(value: number): void;
}
interface CodeScript {
  GetStarts(text: string, lineStarts: BridgeList, blockStarts: BridgeList): void;
}
interface BridgeScope {
  readonly Kusto: { readonly Language: { readonly Editor: { readonly CodeScript: CodeScript } } };
}

const script = (globalThis as unknown as BridgeScope).Kusto.Language.Editor.CodeScript;
const original = script.GetStarts;

/**
 * The language service cuts a script at every blank line, so a `let` chain with blank lines would be full of squiggles
 * although it runs. It gets the portal's own cut: what Run takes as one query is checked and completed as one query.
 */
script.GetStarts = (text, lineStarts, blockStarts) => {
  original.call(script, text, lineStarts, { add: () => {} });
  blockStarts.add(0);
  for (const span of splitQueries(text).slice(1)) blockStarts.add(span.start);
};
