/** Guided hunting (spec B 2.3): conditions that people pick, and the query that says the same. */

export const DOMAINS = ['all', 'endpoints', 'identities', 'email', 'cloud', 'signins'] as const;
export type Domain = (typeof DOMAINS)[number];

export const DOMAIN_LABEL: Readonly<Record<Domain, string>> = {
  all: 'All',
  endpoints: 'Endpoints',
  identities: 'Apps and identities',
  email: 'Email and collaboration',
  cloud: 'Cloud',
  signins: 'Sign-ins',
};

export const SAMPLE_SIZES = [10, 100, 1_000, 10_000] as const;
export type SampleSize = (typeof SAMPLE_SIZES)[number];

export type ValueKind = 'string' | 'number' | 'bool' | 'datetime' | 'list';

export type Operator =
  | 'equals'
  | 'notEquals'
  | 'contains'
  | 'notContains'
  | 'startsWith'
  | 'endsWith'
  | 'greater'
  | 'less'
  | 'between'
  | 'isEmpty'
  | 'isNotEmpty';

export const OPERATOR_LABEL: Readonly<Record<Operator, string>> = {
  equals: 'equals any of',
  notEquals: 'equals none of',
  contains: 'contains any of',
  notContains: 'contains none of',
  startsWith: 'starts with any of',
  endsWith: 'ends with any of',
  greater: 'is greater than',
  less: 'is less than',
  between: 'is between',
  isEmpty: 'is empty',
  isNotEmpty: 'is not empty',
};

const STRING_OPERATORS: readonly Operator[] = [
  'equals',
  'notEquals',
  'contains',
  'notContains',
  'startsWith',
  'endsWith',
  'isEmpty',
  'isNotEmpty',
];

export const OPERATORS: Readonly<Record<ValueKind, readonly Operator[]>> = {
  string: STRING_OPERATORS,
  list: ['equals', 'notEquals', 'isEmpty', 'isNotEmpty'],
  number: ['equals', 'notEquals', 'greater', 'less', 'between', 'isEmpty', 'isNotEmpty'],
  datetime: ['greater', 'less', 'between', 'isEmpty', 'isNotEmpty'],
  bool: ['equals', 'isEmpty'],
};

export const takesNoValue = (operator: Operator): boolean => operator === 'isEmpty' || operator === 'isNotEmpty';

export interface Condition {
  /** Of `filtersOf`. */
  readonly filter: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

export interface ConditionGroup {
  readonly join: 'and' | 'or';
  readonly items: readonly (Condition | ConditionGroup)[];
}

export interface GuidedQuery {
  readonly domain: Domain;
  readonly view: 'basic' | 'all';
  readonly root: ConditionGroup;
  readonly sample: SampleSize;
}

export const isGroup = (item: Condition | ConditionGroup): item is ConditionGroup => 'items' in item;

export const EMPTY_GUIDED: GuidedQuery = {
  domain: 'all',
  view: 'basic',
  root: { join: 'and', items: [] },
  sample: 10_000,
};

/** Read what a draft holds; anything that cannot be read is left out. */
export function parseGuided(value: unknown): GuidedQuery | undefined {
  const given = value as Partial<GuidedQuery> | null | undefined;
  if (!given || typeof given !== 'object' || !(DOMAINS as readonly unknown[]).includes(given.domain)) return undefined;
  const root = parseGroup(given.root, 0);
  return {
    domain: given.domain as Domain,
    view: given.view === 'all' ? 'all' : 'basic',
    root: root ?? EMPTY_GUIDED.root,
    sample: (SAMPLE_SIZES as readonly unknown[]).includes(given.sample) ? (given.sample as SampleSize) : 10_000,
  };
}

const MOST_ITEMS = 50;
const MOST_DEPTH = 4;

function parseGroup(value: unknown, depth: number): ConditionGroup | undefined {
  const given = value as Partial<ConditionGroup> | null | undefined;
  if (!given || !Array.isArray(given.items) || depth > MOST_DEPTH) return undefined;
  return {
    join: given.join === 'or' ? 'or' : 'and',
    items: given.items.slice(0, MOST_ITEMS).flatMap((item: unknown): (Condition | ConditionGroup)[] => {
      const group = parseGroup(item, depth + 1);
      if (group) return [group];
      const one = item as Partial<Condition> | null;
      if (typeof one?.filter !== 'string' || !one.operator || !(one.operator in OPERATOR_LABEL)) return [];
      return [
        {
          filter: one.filter,
          operator: one.operator,
          values: Array.isArray(one.values) ? one.values.filter((each) => typeof each === 'string') : [],
        },
      ];
    }),
  };
}

/** Questions to begin with; loading one overwrites what stands. */
export const SAMPLES: readonly { readonly label: string; readonly query: GuidedQuery }[] = [
  {
    label: 'PowerShell with an encoded command',
    query: {
      ...EMPTY_GUIDED,
      domain: 'endpoints',
      root: {
        join: 'and',
        items: [
          { filter: 'file', operator: 'equals', values: ['powershell.exe', 'pwsh.exe'] },
          { filter: 'command', operator: 'contains', values: ['-enc', '-EncodedCommand', 'FromBase64String'] },
        ],
      },
    },
  },
  {
    label: 'Failed logons',
    query: {
      ...EMPTY_GUIDED,
      domain: 'signins',
      root: { join: 'and', items: [{ filter: 'event', operator: 'equals', values: ['LogonFailed'] }] },
    },
  },
  {
    label: 'Mail with attachments of risky kinds',
    query: {
      ...EMPTY_GUIDED,
      domain: 'email',
      root: {
        join: 'or',
        items: [
          { filter: 'file', operator: 'endsWith', values: ['.iso', '.img', '.lnk', '.js', '.vbs', '.html', '.one'] },
        ],
      },
    },
  },
  {
    label: 'A file hash, wherever it can stand',
    query: {
      ...EMPTY_GUIDED,
      root: { join: 'and', items: [{ filter: 'sha256', operator: 'equals', values: [] }] },
    },
  },
];
