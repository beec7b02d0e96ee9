import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { techniqueProblem } from '../rules/attack.ts';

/** A kind of attack as the techniques it is made of: one file of `content/scenarios`. */
export interface Scenario {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly techniques: readonly string[];
}

/**
 * @param folder `content/scenarios`; a folder that is not there has none
 * @throws Error naming the file that is wrong
 */
export function loadScenarios(folder: string): Scenario[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  } catch {
    return [];
  }
  return names.sort().map((file) => {
    const document = parse(readFileSync(join(folder, file), 'utf8')) as Partial<Scenario> | null;
    const { name, description, techniques } = document ?? {};
    if (typeof name !== 'string' || typeof description !== 'string' || !Array.isArray(techniques))
      throw new Error(`${file}: a scenario has a name, a description and a list of techniques.`);
    const problem = techniques.map((id) => techniqueProblem(String(id))).find(Boolean);
    if (problem) throw new Error(`${file}: ${problem}.`);
    return { id: file.slice(0, -'.yaml'.length), name, description, techniques: techniques.map(String) };
  });
}
