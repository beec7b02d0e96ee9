import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Hunting } from '@parapet/store';
import { convertSigma, loadPipelines, ruleYaml } from '../../src/index.ts';

/** Folders of a checkout that hold rules in force. */
const FOLDERS = ['rules', 'rules-emerging-threats', 'rules-threat-hunting'];

/**
 * Translate the Sigma rules of a checkout into a folder that `loadRules` reads, as an import does. Nothing of it is kept.
 * @returns the folder and how many rules it has
 */
export async function sigmaRules(
  checkout: string,
  hunting: Hunting,
): Promise<{ readonly folder: string; readonly rules: number; readonly documents: number }> {
  const wanted = FOLDERS.map((name) => join(checkout, name));
  const roots = readdirSync(checkout).some((name) => FOLDERS.includes(name)) ? wanted : [checkout];
  const paths = roots.flatMap((root) => {
    try {
      return readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name));
    } catch {
      return [];
    }
  });
  const files = paths.sort().map((path) => ({ name: relative(checkout, path), text: readFileSync(path, 'utf8') }));
  const report = await convertSigma(files, {
    pipelines: loadPipelines(fileURLToPath(new URL('../../../../content/sigma', import.meta.url))),
    check: async (query) => {
      const compiled = await hunting.compile(query);
      return compiled.ok ? undefined : (compiled.errors[0]?.message ?? 'unknown');
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'parapet-sigma-rules-'));
  await mkdir(join(folder, 'own'));
  const titles = new Set<string>();
  let rules = 0;
  for (const { rule, source } of report.results) {
    if (!rule) continue;
    const title = titles.has(rule.title.toLowerCase()) ? `${rule.title} (${rule.id.slice(0, 8)})` : rule.title;
    titles.add(title.toLowerCase());
    writeFileSync(join(folder, 'own', `${rule.id}.yaml`), ruleYaml({ ...rule, title }, source, 'on'));
    rules += 1;
  }
  return { folder, rules, documents: report.documents };
}
