/** Number of single-character edits (swap of neighbours counts one) between two words. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let d = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, before[j - 2]! + 1);
      row.push(d);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/** The candidate nearest to a name: same letters in another case first, then fewest edits; undefined when none is near. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const lower = name.toLowerCase();
  let best: string | undefined;
  let bestScore = Math.max(1, Math.floor(name.length / 3)) + 0.5;
  for (const c of candidates) {
    const l = c.toLowerCase();
    if (l === lower) return c;
    if (Math.abs(l.length - lower.length) > bestScore) continue;
    const score = distance(lower, l);
    if (score < bestScore) {
      best = c;
      bestScore = score;
    }
  }
  return best;
}
