/**
 * Browser, operating system and device of a user-agent text, by the public patterns of the ua-parser project
 * (`uap-core`, Apache-2.0), which the reference engine uses too. The first pattern that fits decides.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parse } from 'yaml';
import type { HostFamily } from './registry.ts';

interface Pattern {
  readonly regex: RegExp;
  /** Text for each part, `$1` to `$9` stand for groups; undefined takes the group of the part's own place. */
  readonly parts: readonly (string | undefined)[];
}

interface Patterns {
  readonly browser: readonly Pattern[];
  readonly os: readonly Pattern[];
  readonly device: readonly Pattern[];
}

type Entry = Readonly<Record<string, string | undefined>>;

const BROWSER = ['family_replacement', 'v1_replacement', 'v2_replacement', 'v3_replacement'];
const SYSTEM = ['os_replacement', 'os_v1_replacement', 'os_v2_replacement', 'os_v3_replacement', 'os_v4_replacement'];
const DEVICE = ['device_replacement', 'brand_replacement', 'model_replacement'];

let known: Patterns | undefined;

function patterns(): Patterns {
  if (known) return known;
  const file = createRequire(import.meta.url).resolve('uap-core/regexes.yaml');
  const all = parse(readFileSync(file, 'utf8')) as Readonly<Record<string, readonly Entry[]>>;
  const read = (list: readonly Entry[] | undefined, parts: readonly string[]): Pattern[] =>
    (list ?? []).map((e) => ({ regex: new RegExp(e.regex ?? '', e.regex_flag ?? ''), parts: parts.map((p) => e[p]) }));
  known = {
    browser: read(all.user_agent_parsers, BROWSER),
    os: read(all.os_parsers, SYSTEM),
    device: read(all.device_parsers, DEVICE),
  };
  return known;
}

/** The parts of the first pattern that fits; empty texts where it says nothing. */
function match(
  list: readonly Pattern[],
  text: string,
  defaults: readonly (number | undefined)[],
): string[] | undefined {
  for (const { regex, parts } of list) {
    const m = regex.exec(text);
    if (!m) continue;
    return parts.map((p, i) => {
      if (p !== undefined) return p.replace(/\$([1-9])/g, (_s, n: string) => m[Number(n)] ?? '').trim();
      const group = defaults[i];
      return group === undefined ? '' : (m[group] ?? '');
    });
  }
  return undefined;
}

/** Longer texts are cut: browsers send a few hundred characters, and the patterns backtrack. */
const MOST = 1024;

function userAgent(agent: string, wanted: string | readonly string[] | null): unknown {
  const asked = (Array.isArray(wanted) ? wanted : [wanted]).map((w) => String(w).toLowerCase());
  if (!asked.length || asked.some((w) => !['browser', 'os', 'device'].includes(w))) return null;
  const text = agent.slice(0, MOST);
  const out: Record<string, Record<string, string>> = {};
  if (asked.includes('browser')) {
    const [Family, MajorVersion, MinorVersion, Patch] = match(patterns().browser, text, [1, 2, 3, 4]) ?? [
      'Other',
      '',
      '',
      '',
    ];
    out.Browser = { Family: Family!, MajorVersion: MajorVersion!, MinorVersion: MinorVersion!, Patch: Patch! };
  }
  if (asked.includes('os')) {
    const [Family, MajorVersion, MinorVersion, Patch, PatchMinor] = match(patterns().os, text, [1, 2, 3, 4, 5]) ?? [
      'Other',
      '',
      '',
      '',
      '',
    ];
    out.OperatingSystem = {
      Family: Family!,
      MajorVersion: MajorVersion!,
      MinorVersion: MinorVersion!,
      Patch: Patch!,
      PatchMinor: PatchMinor!,
    };
  }
  if (asked.includes('device')) {
    const [Family, Brand, Model] = match(patterns().device, text, [1, undefined, 1]) ?? ['Other', '', ''];
    out.Device = { Family: Family!, Brand: Brand!, Model: Model! };
  }
  return out;
}

export const AGENT_HOST: HostFamily = { user_agent: userAgent };
