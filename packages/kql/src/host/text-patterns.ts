/** Patterns in texts: the `reduce` operator and `diffpatterns_text`. */
import type { RelationHost } from './relation.ts';

interface Line {
  readonly words: readonly string[];
  /** What stands before each word, and after the last one. */
  readonly gaps: readonly string[];
}

/** Cuts a text into words at every separator. */
function cut(text: string, separator: RegExp): Line {
  const words: string[] = [];
  const gaps: string[] = [];
  let at = 0;
  for (const m of text.matchAll(separator)) {
    words.push(text.slice(at, m.index));
    gaps.push(text.slice(m.index, m.index + m[0].length));
    at = m.index + m[0].length;
  }
  words.push(text.slice(at));
  return { words, gaps };
}

function separatorOf(characters: string): RegExp {
  if (!characters) return /[^A-Za-z0-9]+/g;
  const escaped = [...characters].map((c) => c.replace(/[\\\]^-]/g, '\\$&')).join('');
  return new RegExp(`[${escaped}]+`, 'gu');
}

/**
 * Groups texts by the words they share at the same place (Vaarandi, "A Data Clustering Algorithm for Mining Patterns From
 * Event Logs", 2003): a word at a place counts when more than a share `threshold` of the texts (and more than one) has it there; texts with the
 * same such words form a group, which counts under the same condition. The rest are "others".
 * @returns for each text the pattern of its group, or undefined
 */
function cluster(texts: readonly string[], threshold: number, characters: string): (string | undefined)[] {
  const least = Math.max(threshold * texts.length, 1);
  const lines = texts.map((t) => cut(t, separatorOf(characters)));
  const support = new Map<string, number>();
  const at = (place: number, word: string): string => `${place}\u0000${word}`;
  for (const { words } of lines)
    words.forEach((w, i) => {
      if (w) support.set(at(i, w), (support.get(at(i, w)) ?? 0) + 1);
    });
  const known = (place: number, word: string): boolean => word !== '' && (support.get(at(place, word)) ?? 0) > least;
  const keys = lines.map(({ words }) => {
    const fixed = words.flatMap((w, i) => (known(i, w) ? [at(i, w)] : []));
    return fixed.length ? fixed.join('\u0001') : undefined;
  });
  const groups = new Map<string, number[]>();
  keys.forEach((key, i) => {
    if (key === undefined) return;
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  });
  const out = texts.map((): string | undefined => undefined);
  for (const group of groups.values()) {
    if (group.length <= least) continue;
    const pattern = patternOf(
      lines[group[0]!]!,
      known,
      group.map((i) => lines[i]!),
      characters !== '',
    );
    for (const i of group) out[i] = pattern;
  }
  return out;
}

/** Words that are known at their place, `*` for the others; given separators beside a wildcard become part of it. */
function patternOf(
  line: Line,
  known: (place: number, word: string) => boolean,
  group: readonly Line[],
  swallow: boolean,
): string {
  const longer = group.some((l) => l.words.length !== line.words.length);
  let last = line.words.length - 1;
  if (longer) while (last > 0 && !known(last, line.words[last]!)) last--;
  const parts: { text: string; wild: boolean }[] = [];
  for (let i = 0; i <= last; i++) {
    const word = line.words[i]!;
    const wild = word !== '' && !known(i, word);
    parts.push({ text: wild ? '*' : word, wild });
    if (i < last) parts.push({ text: line.gaps[i]!, wild: false });
  }
  if (longer) parts.push({ text: '*', wild: true });
  let out = '';
  parts.forEach((p, i) => {
    const gap = i % 2 === 1 && !(longer && i === parts.length - 1);
    if (gap && swallow && (parts[i - 1]?.wild || parts[i + 1]?.wild)) return;
    if (p.wild && out.endsWith('*')) return;
    out += p.text;
  });
  return out;
}

interface ReduceOptions {
  readonly threshold: number;
  readonly characters: string;
}

/** Patterns with their count and first text, most frequent first; rest under "others". Rows are single texts. */
export const reduceTexts: RelationHost = ([rows = []], options) => {
  const o = options as unknown as ReduceOptions;
  const texts = rows.map(([t]) => String(t ?? ''));
  const patterns = cluster(texts, o.threshold, o.characters);
  const found = new Map<string, { count: number; first: string }>();
  let others = 0;
  patterns.forEach((p, i) => {
    if (p === undefined) others++;
    else {
      const known = found.get(p);
      if (known) known.count++;
      else found.set(p, { count: 1, first: texts[i]! });
    }
  });
  const out = [...found].map(([p, { count, first }]): unknown[] => [p, count, first]);
  out.sort((a, b) => Number(b[1]) - Number(a[1]));
  if (others) out.push(['others', others, '']);
  return out;
};

/** The rows with the pattern of their last cell added. */
export const reduceRows: RelationHost = ([rows = []], options) => {
  const o = options as unknown as ReduceOptions;
  const patterns = cluster(
    rows.map((r) => String(r[r.length - 1] ?? '')),
    o.threshold,
    o.characters,
  );
  return rows.map((r, i) => [...r.slice(0, -1), patterns[i] ?? 'others']);
};

interface DiffTextOptions {
  readonly minTokens: number;
  readonly maxTokens: number;
  readonly threshold: number;
}

/**
 * Runs of words that are more common in the rows where the condition holds, or where it does not. Rows are `[text, truth]`.
 * A word that is rare in both sets becomes `*`; every run between a first and a last common word is counted once a row.
 */
export const diffTexts: RelationHost = ([rows = []], options) => {
  const o = options as unknown as DiffTextOptions;
  const lines = rows.map(([t, yes]) => ({
    words: String(t ?? '')
      .split(/\s+/)
      .filter(Boolean),
    yes: yes === true,
  }));
  const totals = [lines.filter((l) => l.yes).length, lines.filter((l) => !l.yes).length] as const;
  const share = (counts: readonly [number, number]): [number, number] => [
    totals[0] ? counts[0] / totals[0] : 0,
    totals[1] ? counts[1] / totals[1] : 0,
  ];
  const count = (of: (words: readonly string[]) => Iterable<string>): Map<string, [number, number]> => {
    const out = new Map<string, [number, number]>();
    for (const l of lines) {
      for (const key of new Set(of(l.words))) {
        const c = out.get(key) ?? [0, 0];
        c[l.yes ? 0 : 1]++;
        out.set(key, c);
      }
    }
    return out;
  };
  const common = (c: readonly [number, number]): boolean => Math.max(...share(c)) >= o.threshold;
  const words = count((w) => w);
  const isCommon = (w: string): boolean => common(words.get(w) ?? [0, 0]);
  const runs = count(function* (line) {
    const marks = line.map((w) => (isCommon(w) ? w : '*'));
    for (let i = 0; i < marks.length; i++) {
      if (marks[i] === '*') continue;
      let fixed = 0;
      for (let j = i; j < marks.length && j - i < o.maxTokens; j++) {
        if (marks[j] === '*') continue;
        fixed++;
        if (fixed >= o.minTokens) yield marks.slice(i, j + 1).join(' ');
      }
    }
  });
  const found = [...runs]
    .map(([pattern, counts]) => ({ pattern, counts, shares: share(counts) }))
    .filter((x) => Math.abs(x.shares[0] - x.shares[1]) >= o.threshold)
    .sort(
      (a, b) =>
        Math.abs(b.shares[0] - b.shares[1]) - Math.abs(a.shares[0] - a.shares[1]) ||
        b.pattern.length - a.pattern.length,
    );
  // A run inside another one (or around it) tells the same difference less well.
  const kept: typeof found = [];
  for (const x of found) {
    const inside = (a: string, b: string): boolean => ` ${b} `.includes(` ${a} `);
    if (!kept.some((k) => inside(k.pattern, x.pattern) || inside(x.pattern, k.pattern))) kept.push(x);
  }
  return kept.map((x) => [x.counts[0], x.counts[1], 100 * x.shares[0], 100 * x.shares[1], x.pattern]);
};
