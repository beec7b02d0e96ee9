import { test } from 'vitest';
import { at, draft, evidence, openWorld } from './support.ts';
test('perf', async () => {
  const world = await openWorld();
  const stats = new Map<string, { n: number; ms: number }>();
  const orig = world.db.transaction.bind(world.db);
  (world.db as any).transaction = (work: any) => orig((tx) => work({ query: async (sql: string, p: any) => {
    const s = performance.now(); try { return await tx.query(sql, p); } finally {
      const k = sql.replace(/\s+/g,' ').slice(0, 60); const e = stats.get(k) ?? { n: 0, ms: 0 }; e.n++; e.ms += performance.now() - s; stats.set(k, e); } } }));
  const drafts = Array.from({ length: 1000 }, (_, n) => draft(`bulk${n % 40}`, at(n), { ruleId: `bulk-${n % 17}`, extra: [
    evidence('process', { deviceId: `id-bulk${n % 40}`, processUniqueId: `proc${n % 200}`, fileName: 'tool.exe' }, 'suspicious'),
    evidence('user', { accountDomain: 'corp', accountName: `user${n % 60}` }, 'compromised'),
    evidence('file', { sha256: `${n}`.padStart(64, 'a'), fileName: 'tool.exe' })] }));
  const started = performance.now();
  await world.incidents.accept(drafts);
  console.info(Math.round(performance.now() - started), (await world.db.query('select count(*) c, status from incident group by status')));
  console.info([...stats].sort((a, b) => b[1].ms - a[1].ms).map(([k, e]) => `${Math.round(e.ms)} ${e.n} ${k}`).join('\n'));
  await world.close();
});
