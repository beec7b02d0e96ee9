import type { Condition, Order } from '@parapet/incidents';
import { badRequest } from '../errors.ts';
import { type FilterFields, parseFilter } from './filter.ts';

/** What a collection offers. */
export interface CollectionShape {
  readonly filter: FilterFields;
  /** Wire name → field of the condition. */
  readonly order: Readonly<Record<string, string>>;
  readonly defaultOrder: Order;
  /** Every property, for `$select`. */
  readonly properties: readonly string[];
  readonly expand: readonly string[];
  readonly pageSize: number;
  readonly maxPageSize: number;
}

export interface CollectionQuery {
  readonly condition?: Condition;
  readonly order: readonly Order[];
  readonly top: number;
  readonly skip: number;
  readonly after?: readonly string[];
  readonly count: boolean;
  readonly select?: readonly string[];
  /** Expanded properties with their own `$select`. */
  readonly expand: ReadonlyMap<string, readonly string[] | undefined>;
  /** Link to the page that begins after a place. */
  readonly nextLink: (base: string, after: readonly string[]) => string;
}

const KNOWN: readonly string[] = [
  '$filter',
  '$top',
  '$skip',
  '$skiptoken',
  '$count',
  '$select',
  '$orderby',
  '$expand',
  '$format',
];
const MAX_QUERY = 16_000;
const MAX_SKIP = 1_000_000;

/**
 * The query options of a list.
 * @param query what stands after `?`
 * @throws ApiError 400 naming the option
 */
export function collectionQuery(query: string, shape: CollectionShape): CollectionQuery {
  const given = queryOptions(query);
  const expand = expanded(given.get('$expand'), shape);
  const order = ordered(given.get('$orderby'), shape);
  const filter = given.get('$filter');
  const token = given.get('$skiptoken');
  const signature = order.map(({ field, descending }) => `${field}${descending ? '-' : '+'}`).join();
  return {
    ...(filter === undefined ? {} : { condition: parseFilter(filter, shape.filter) }),
    order,
    top: whole(given.get('$top'), '$top', shape.pageSize, 1, shape.maxPageSize),
    // A place says more than a number; what follows it is not skipped again.
    skip: token === undefined ? whole(given.get('$skip'), '$skip', 0, 0, MAX_SKIP) : 0,
    ...(token === undefined ? {} : { after: placeOf(token, signature) }),
    count: flag(given.get('$count'), '$count'),
    ...selected(given.get('$select'), shape.properties),
    expand,
    nextLink(base, after) {
      const kept = [...given].filter(([name]) => name !== '$skip' && name !== '$skiptoken');
      const place = Buffer.from(JSON.stringify([signature, after])).toString('base64url');
      return `${base}?${[...kept, ['$skiptoken', place] as const]
        .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
        .join('&')}`;
    },
  };
}

/** `$select` and `$expand` of a single resource; everything else has no meaning there. */
export function singleQuery(query: string, shape: CollectionShape): Pick<CollectionQuery, 'select' | 'expand'> {
  const given = queryOptions(query);
  const odd = [...given.keys()].find((name) => name !== '$select' && name !== '$expand' && name !== '$format');
  if (odd !== undefined) throw badRequest(`The query option ${odd} cannot be used on a single resource.`);
  return {
    ...selected(given.get('$select'), shape.properties),
    expand: expanded(given.get('$expand'), shape),
  };
}

function queryOptions(query: string): Map<string, string> {
  if (query.length > MAX_QUERY) throw badRequest(`The query is longer than ${MAX_QUERY} characters.`);
  const given = new Map<string, string>();
  for (const [raw, value] of new URLSearchParams(query)) {
    const name = raw.startsWith('$') ? raw.toLowerCase() : `$${raw.toLowerCase()}`;
    if (!KNOWN.includes(name)) {
      // Names without a dollar that mean nothing to us are the caller's own.
      if (raw.startsWith('$')) throw badRequest(`The query option '${raw.slice(0, 100)}' is not supported.`);
      continue;
    }
    if (given.has(name)) throw badRequest(`The query option ${name} is given twice.`);
    given.set(name, value.trim());
  }
  return given;
}

function whole(text: string | undefined, name: string, fallback: number, least: number, most: number): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw badRequest(
      `Invalid value '${text.slice(0, 40)}' for ${name}: it must be a whole number from ${least} to ${most}.`,
    );
  return value;
}

function flag(text: string | undefined, name: string): boolean {
  if (text === undefined) return false;
  if (!/^(true|false)$/i.test(text)) throw badRequest(`${name} must be true or false.`);
  return text.toLowerCase() === 'true';
}

function selected(text: string | undefined, properties: readonly string[]): { readonly select?: readonly string[] } {
  if (text === undefined || text === '' || text === '*') return {};
  const select = text.split(',').map((part) => {
    const wanted = part.trim().toLowerCase();
    const name = properties.find((each) => each.toLowerCase() === wanted);
    if (name === undefined)
      throw badRequest(`Could not find a property named '${part.trim().slice(0, 100)}' to select.`);
    return name;
  });
  return { select: [...new Set(select)] };
}

function ordered(text: string | undefined, shape: CollectionShape): readonly Order[] {
  if (text === undefined || text === '') return [shape.defaultOrder];
  const names = Object.keys(shape.order);
  const parts = text.split(',');
  if (parts.length > 5) throw badRequest('$orderby takes at most 5 properties.');
  return parts.map((part) => {
    const [name = '', direction = 'asc', ...more] = part.trim().split(/\s+/);
    const known = names.find((each) => each.toLowerCase() === name.toLowerCase());
    if (known === undefined)
      throw badRequest(`Cannot order by '${name.slice(0, 100)}'. Orderable: ${names.join(', ')}.`);
    if (more.length > 0 || !/^(asc|desc)$/i.test(direction))
      throw badRequest(`The direction in $orderby is asc or desc.`);
    return { field: shape.order[known] as string, descending: direction.toLowerCase() === 'desc' };
  });
}

/** `alerts` or `alerts($select=id,title)`. */
function expanded(
  text: string | undefined,
  shape: CollectionShape,
): ReadonlyMap<string, readonly string[] | undefined> {
  const found = new Map<string, readonly string[] | undefined>();
  if (text === undefined || text === '') return found;
  const match = /^([A-Za-z]+)(?:\(\s*\$select=([\w,\s]+)\s*\))?$/.exec(text);
  const name = shape.expand.find((each) => each.toLowerCase() === match?.[1]?.toLowerCase());
  if (!match || name === undefined)
    throw badRequest(
      shape.expand.length > 0
        ? `Only ${shape.expand.join(', ')} can be expanded, with $select inside.`
        : 'Nothing can be expanded here.',
    );
  found.set(
    name,
    match[2]?.split(',').map((each) => each.trim()),
  );
  return found;
}

function placeOf(token: string, signature: string): readonly string[] {
  try {
    const [own, after] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as [unknown, unknown];
    if (
      own === signature &&
      Array.isArray(after) &&
      after.length <= 6 &&
      after.every((each) => typeof each === 'string' && each.length <= 1_000 && !each.includes('\0'))
    )
      return after as string[];
  } catch {
    // Told below.
  }
  throw badRequest('The $skiptoken is not one of this list; follow @odata.nextLink as it is.');
}
