import { compile, convertRow, KQL_RESULT_SETTINGS } from '@parapet/kql';
export function localHunting(store: any): any {
  const cache = new Map<string, any>();
  const c = (text: string, o: any = {}) => {
    const restrictions = o.restrictions;
    const key = JSON.stringify([
      text,
      restrictions && Object.fromEntries(Object.entries(restrictions).map(([k, v]: any) => [k, v.sql])),
      o.maxRows,
    ]);
    let r = cache.get(key);
    if (!r) {
      r = compile(text, {
        schema: store.schema,
        now: new Date(),
        maxRows: o.maxRows ?? 30000,
        ...(restrictions ? { restrict: (t: string) => restrictions[t] } : {}),
      });
      cache.set(key, r);
    }
    return r;
  };
  return {
    compile: async (t: string, o: any) => c(t, o),
    run: async (t: string, o: any = {}) => {
      const compiled = c(t, o);
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
      const r = await store.query(compiled.sql, { params: compiled.params, settings: KQL_RESULT_SETTINGS });
      return {
        columns: compiled.columns,
        rows: r.rows.map((x: any) => convertRow(x, compiled.columns)),
        truncated: false,
        compiled,
        stats: { ...r.stats, compileMs: 0 },
      };
    },
    close: async () => undefined,
  };
}
