/** A line of two texts put side by side. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
  readonly before: number | null;
  readonly after: number | null;
}

const MOST_LINES = 4_000;

/** Lines that two texts share and those only one has, by longest common subsequence. */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.split('\n').slice(0, MOST_LINES);
  const b = after.split('\n').slice(0, MOST_LINES);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA -= 1;
    endB -= 1;
  }
  const width = endB - start + 1;
  const lengths = new Uint16Array((endA - start + 1) * width);
  for (let i = endA - start - 1; i >= 0; i--)
    for (let j = endB - start - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[start + i] === b[start + j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
  const lines: DiffLine[] = [];
  const same = (i: number, j: number) => lines.push({ kind: 'same', text: a[i] ?? '', before: i + 1, after: j + 1 });
  for (let i = 0; i < start; i++) same(i, i);
  let i = start;
  let j = start;
  while (i < endA || j < endB) {
    if (i < endA && j < endB && a[i] === b[j]) same(i++, j++);
    else if (
      i < endA &&
      (j >= endB ||
        (lengths[(i - start + 1) * width + j - start] ?? 0) >= (lengths[(i - start) * width + j - start + 1] ?? 0))
    ) {
      lines.push({ kind: 'removed', text: a[i] ?? '', before: i + 1, after: null });
      i += 1;
    } else {
      lines.push({ kind: 'added', text: b[j] ?? '', before: null, after: j + 1 });
      j += 1;
    }
  }
  for (let k = 0; endA + k < a.length; k++) same(endA + k, endB + k);
  return lines;
}

/** Only the changed lines with some around them; `null` stands for what was left out. */
export function folded(lines: readonly DiffLine[], around = 3): (DiffLine | null)[] {
  const keep = new Set<number>();
  for (const [index, line] of lines.entries())
    if (line.kind !== 'same') for (let near = index - around; near <= index + around; near++) keep.add(near);
  const out: (DiffLine | null)[] = [];
  for (const [index, line] of lines.entries()) {
    if (keep.has(index)) out.push(line);
    else if (out.at(-1) !== null) out.push(null);
  }
  return out;
}
