/**
 * Literals that name one machine, network or domain instead of a behaviour: a rule that keys on them proves itself on the recording it
 * was written against and nowhere else.
 */
const SUSPECTS: readonly (readonly [RegExp, string])[] = [
  [/^(desktop|laptop|win)-[a-z0-9]{7,11}$/i, 'the name that an installer gave one machine'],
  [/^(ws|pc|dc|srv|server|client|host|workstation|victim|attacker|kali)[-_]?\d{1,3}(\.|$)/i, 'the name of a machine'],
  [/^ec2amaz-[a-z0-9]+$/i, 'the name of one cloud machine'],
  [/^s-1-5-21-\d+-\d+-\d+-\d{4,}$/i, 'the identifier of one account'],
  [/^(10|192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d{1,3}){2,3}$/, 'an address of one private network'],
  [/\.(lab|test|local)$/i, 'the name of a laboratory domain'],
];

/** What of a query's literals names a laboratory; empty when nothing does. */
export function labNames(query: string): string[] {
  const found = new Set<string>();
  for (const match of query.matchAll(/@?"((?:[^"\\]|\\.)*)"|@?'((?:[^'\\]|\\.)*)'/g)) {
    const literal = match[1] ?? match[2] ?? '';
    // A suffix such as ".local" says something about every network.
    if (literal.startsWith('.')) continue;
    for (const [pattern, what] of SUSPECTS)
      if (pattern.test(literal))
        found.add(`query: "${literal}" is ${what}; key on what is done, not on where it was seen`);
  }
  return [...found];
}
