import {
  type AlertOverrides,
  CONDITION_OPERATORS,
  type Condition,
  type ConditionOperator,
  EVENT_GROUPINGS,
  type EventGrouping,
  type Exclusion,
  THRESHOLD_OPERATORS,
  type Threshold,
  type ThresholdOperator,
} from './types.ts';

/** Where the readers below take values from and report to. */
export interface Source {
  readonly data: Readonly<Record<string, unknown>>;
  problem(path: readonly (string | number)[], message: string, fix?: string): void;
}

/** Spec B 5.3. */
const MAX_DETAILS = 20;
const MAX_CONDITIONS = 20;
const MAX_VALUES = 500;
const MAX_VALUE_LENGTH = 1_000;
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const OVERRIDES = [
  'title',
  'description',
  'severity',
  'category',
  'techniques',
  'remediation',
  'product',
  'provider',
  'link',
  'confidence',
] as const;

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `10m`, `1h`, `1d` or ISO 8601 (`PT1H`, `P14D`) in milliseconds; 0 when it is neither. */
export function parseDuration(text: string): number {
  const short = /^(\d+)\s*([smhd])$/i.exec(text.trim());
  if (short) return Number(short[1]) * (UNITS[(short[2] ?? '').toLowerCase()] ?? 0);
  const iso = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text.trim());
  if (!iso) return 0;
  const [, days, hours, minutes, seconds] = iso.map((part) => Number(part ?? 0));
  return (days ?? 0) * 86_400_000 + (hours ?? 0) * 3_600_000 + (minutes ?? 0) * 60_000 + (seconds ?? 0) * 1000;
}

/** Milliseconds as the shortest such text. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    const size = UNITS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${Math.round(ms / 1000)}s`;
}

export function readThreshold({ data, problem }: Source): Threshold | null {
  const raw = data.threshold;
  if (raw === undefined || raw === null) return null;
  const path = ['threshold'];
  const operator = isMap(raw) ? (raw.operator as ThresholdOperator) : undefined;
  const count = isMap(raw) ? raw.count : undefined;
  if (!operator || !THRESHOLD_OPERATORS.includes(operator))
    problem([...path, 'operator'], `must be one of ${THRESHOLD_OPERATORS.join(', ')}`);
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0)
    problem([...path, 'count'], 'must be a whole number from 0');
  return { operator: operator ?? 'greater', count: Number(count) || 0 };
}

export function readEventGrouping({ data, problem }: Source): EventGrouping {
  const value = data.eventGrouping ?? 'group';
  if (EVENT_GROUPINGS.includes(value as EventGrouping)) return value as EventGrouping;
  problem(['eventGrouping'], `must be one of ${EVENT_GROUPINGS.join(', ')}`);
  return 'group';
}

/** Names of details to columns (spec B 5.3). */
export function readDetails({ data, problem }: Source): Readonly<Record<string, string>> {
  const raw = data.customDetails ?? {};
  if (!isMap(raw)) {
    problem(['customDetails'], 'must map names to columns');
    return {};
  }
  const entries = Object.entries(raw);
  if (entries.length > MAX_DETAILS) problem(['customDetails'], `holds at most ${MAX_DETAILS} entries`);
  for (const [name, column] of entries) {
    if (!/^[A-Za-z_][\w ]{0,63}$/.test(name)) problem(['customDetails', name], 'is not a name of letters and digits');
    if (typeof column !== 'string' || !column) problem(['customDetails', name], 'must name a column');
  }
  return Object.fromEntries(entries.map(([name, column]) => [name, String(column)]));
}

export function readOverrides({ data, problem }: Source): AlertOverrides {
  const raw = data.overrides ?? {};
  if (!isMap(raw)) {
    problem(['overrides'], 'must map parts of the alert to columns');
    return {};
  }
  const found: Record<string, string> = {};
  for (const [part, column] of Object.entries(raw)) {
    if (!(OVERRIDES as readonly string[]).includes(part))
      problem(['overrides', part], `is not one of ${OVERRIDES.join(', ')}`);
    else if (typeof column !== 'string' || !column) problem(['overrides', part], 'must name a column');
    else found[part] = column;
  }
  return found;
}

/** A list of conditions, all of which must hold. */
export function readConditions(
  raw: unknown,
  path: readonly (string | number)[],
  problem: Source['problem'],
): Condition[] {
  if (raw === undefined || raw === null) return [];
  if (!Array.isArray(raw)) {
    problem(path, 'must be a list of conditions');
    return [];
  }
  if (raw.length > MAX_CONDITIONS) problem(path, `holds at most ${MAX_CONDITIONS} conditions`);
  return raw.map((each: unknown, index) => {
    const at = (key: string) => [...path, index, key];
    const item = isMap(each) ? each : {};
    const operator = (item.operator ?? 'equals') as ConditionOperator;
    const values = Array.isArray(item.values) ? item.values : item.value === undefined ? [] : [item.value];
    if (typeof item.column !== 'string' || !/^[A-Za-z_]\w*$/.test(item.column))
      problem(at('column'), 'must name a column');
    if (!CONDITION_OPERATORS.includes(operator))
      problem(at('operator'), `must be one of ${CONDITION_OPERATORS.join(', ')}`);
    if (values.length === 0 || values.length > MAX_VALUES) problem(at('values'), `must list 1 to ${MAX_VALUES} values`);
    const texts = values.map(String);
    if (texts.some((text) => text === '' || text.length > MAX_VALUE_LENGTH))
      problem(at('values'), `must hold texts of 1 to ${MAX_VALUE_LENGTH} characters`);
    if (operator === 'inRange')
      for (const text of texts)
        if (!/^[0-9a-f.:]+\/\d{1,3}$/i.test(text))
          problem(at('values'), `"${text}" is not an address range (192.0.2.0/24)`);
    return { column: String(item.column ?? ''), operator, values: texts };
  });
}

/** Exclusions kept with the rule's file. */
export function readExclusions({ data, problem }: Source): Exclusion[] {
  const raw = data.exclusions;
  if (raw === undefined || raw === null) return [];
  if (!Array.isArray(raw)) {
    problem(['exclusions'], 'must be a list');
    return [];
  }
  return raw.map((each: unknown, index) => {
    const item = isMap(each) ? each : {};
    const at = ['exclusions', index] as const;
    const conditions = readConditions(item.conditions, [...at, 'conditions'], problem);
    if (conditions.length === 0) problem([...at, 'conditions'], 'must list at least one condition');
    const text = (key: string): string => {
      const value = item[key];
      if (typeof value === 'string' && value.trim()) return value.trim();
      problem([...at, key], 'must be a text that is not empty');
      return '';
    };
    return {
      id: typeof item.id === 'string' ? item.id : `file-${index + 1}`,
      name: typeof item.name === 'string' && item.name ? item.name : `Exclusion ${index + 1}`,
      conditions,
      reason: text('reason'),
      owner: text('owner'),
      createdAt: null,
      expiresAt: readTime(item.expires, [...at, 'expires'], problem),
    };
  });
}

/** An ISO 8601 time, or null when there is none. YAML may have read it as a date already. */
export function readTime(raw: unknown, path: readonly (string | number)[], problem: Source['problem']): string | null {
  if (raw === undefined || raw === null || raw === '') return null;
  const time = raw instanceof Date ? raw : new Date(String(raw));
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  problem(path, 'must be a time such as 2026-01-31T00:00:00Z');
  return null;
}
