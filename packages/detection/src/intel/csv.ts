/** Indicators in tables: a header, one indicator a line. */
import { DEFAULT_DAYS, kindNamed, kindOf, normalised } from './observables.ts';
import type { IndicatorInput, Verdict } from './types.ts';

const MAX_LINE = 20_000;
const DAY = 86_400_000;

const NAMES: Readonly<Record<string, readonly string[]>> = {
  value: ['value', 'indicator', 'observable', 'observablevalue', 'ioc', 'indicatorvalue'],
  type: ['type', 'indicatortype', 'kind', 'observabletype'],
  confidence: ['confidence', 'confidencescore', 'score'],
  validUntil: ['validuntil', 'expirationtime', 'expiration', 'expires', 'expiry', 'expirationdatetime'],
  validFrom: ['validfrom', 'firstseen', 'date'],
  name: ['name', 'title'],
  description: ['description', 'comment', 'note'],
  tags: ['tags', 'labels', 'category', 'threattype'],
  id: ['id', 'externalid', 'externalindicatorid'],
};

/** Fields of one line; quotes as RFC 4180 has them. */
export function fields(line: string, separator: string): string[] {
  const out: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      let text = '';
      at++;
      for (;;) {
        const end = line.indexOf('"', at);
        if (end < 0) return [...out, text + line.slice(at)];
        text += line.slice(at, end);
        at = end + 1;
        if (line[at] !== '"') break;
        text += '"';
        at++;
      }
      out.push(text);
      const next = line.indexOf(separator, at);
      if (next < 0) return out;
      at = next + 1;
    } else {
      const end = line.indexOf(separator, at);
      if (end < 0) return [...out, line.slice(at)];
      out.push(line.slice(at, end));
      at = end + 1;
    }
  }
}

/** Read a table, or a plain list with one value a line. Lines that begin with # are comments. */
export function readCsv(
  text: string,
  now: Date,
): { readonly indicators: IndicatorInput[]; readonly verdicts: Verdict[] } {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const first = lines.findIndex((line) => line.trim() !== '' && !line.startsWith('#'));
  const result: { indicators: IndicatorInput[]; verdicts: Verdict[] } = { indicators: [], verdicts: [] };
  if (first < 0) return result;
  const head = lines[first] as string;
  const separator = [',', ';', '\t', '|'].reduce((a, b) => (head.split(b).length > head.split(a).length ? b : a));
  const names = fields(head, separator).map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, ''));
  const place = new Map(
    Object.entries(NAMES).map(([key, spellings]) => [key, names.findIndex((name) => spellings.includes(name))]),
  );
  const headed = (place.get('value') ?? -1) >= 0;
  for (let index = headed ? first + 1 : first; index < lines.length; index++) {
    const line = lines[index] as string;
    if (line.trim() === '' || line.startsWith('#')) continue;
    try {
      if (line.length > MAX_LINE) throw new Error('the line is too long');
      const cells = fields(line, separator);
      const cell = (key: string): string => {
        const at = headed ? (place.get(key) ?? -1) : key === 'value' ? 0 : -1;
        return at < 0 ? '' : (cells[at] ?? '').trim();
      };
      result.indicators.push(indicator(cell, now));
    } catch (error) {
      result.verdicts.push({ item: `line ${index + 1}`, problem: (error as Error).message });
    }
  }
  return result;
}

function indicator(cell: (key: string) => string, now: Date): IndicatorInput {
  const given = cell('value');
  if (!given) throw new Error('there is no value');
  const named = cell('type');
  const hash = /hash|file/i.test(named) ? kindOf(given) : undefined;
  const kind = (named && kindNamed(named)) || hash || kindOf(given);
  if (!kind) throw new Error(`"${given.slice(0, 80)}" is no address, domain, URL, hash or mail address`);
  const wide = kind === 'ip' && given.includes('/') ? 'cidr' : kind;
  const value = normalised(wide, given);
  if (value === undefined) throw new Error(`"${given.slice(0, 80)}" is no ${wide}`);
  const confidence = cell('confidence') === '' ? 50 : Number(cell('confidence').replace('%', ''));
  if (!(confidence >= 0 && confidence <= 100)) throw new Error('the confidence must be a number from 0 to 100');
  const time = (text: string): string | undefined => {
    if (!text) return undefined;
    const date = new Date(text);
    if (Number.isNaN(date.getTime())) throw new Error(`"${text.slice(0, 40)}" is no time`);
    return date.toISOString();
  };
  return {
    id: cell('id') || `${wide}:${value}`,
    kind: wide,
    value,
    pattern: '',
    name: cell('name'),
    description: cell('description'),
    confidence: Math.round(confidence),
    validFrom: time(cell('validFrom')) ?? now.toISOString(),
    validUntil: time(cell('validUntil')) ?? new Date(now.getTime() + DEFAULT_DAYS[wide] * DAY).toISOString(),
    created: now.toISOString(),
    tags: cell('tags')
      .split(/[,;]/)
      .map((tag) => tag.trim())
      .filter(Boolean)
      .slice(0, 50),
    revoked: false,
  };
}
