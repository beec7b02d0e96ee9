import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run } from './engine.ts';

const ROOT = fileURLToPath(new URL('../goldens', import.meta.url));
const UPDATE = process.env.UPDATE_GOLDENS === '1';

/** One row per line, so that a changed answer reads well in a diff. */
function print(answer: { columns: readonly unknown[]; rows: readonly unknown[] }): string {
  const rows = answer.rows.map((r) => `    ${JSON.stringify(r)}`).join(',\n');
  return `{\n  "columns": ${JSON.stringify(answer.columns)},\n  "rows": [\n${rows}\n  ]\n}\n`;
}

describe('golden queries', () => {
  for (const name of readdirSync(ROOT).sort()) {
    it(name, async () => {
      const folder = join(ROOT, name);
      const query = readFileSync(join(folder, 'query.kql'), 'utf8');
      const { sql, columns, rows } = await run(query);
      const files = { 'expected.sql': `${sql}\n`, 'expected.rows.json': print({ columns, rows }) };
      for (const [file, actual] of Object.entries(files)) {
        const path = join(folder, file);
        if (UPDATE || !existsSync(path)) writeFileSync(path, actual);
        expect(actual).toBe(readFileSync(path, 'utf8'));
      }
    });
  }
});
