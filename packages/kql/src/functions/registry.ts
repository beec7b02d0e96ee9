import { ARRAY_FUNCTIONS } from './arrays.ts';
import { CONDITION_FUNCTIONS } from './condition.ts';
import { CONVERSION_FUNCTIONS } from './conversion.ts';
import { UNIT_FUNCTIONS } from './convert-units.ts';
import { DATETIME_FUNCTIONS } from './datetime.ts';
import type { FunctionDecl } from './declare.ts';
import { DYNAMIC_FUNCTIONS } from './dynamic.ts';
import { ENCODING_FUNCTIONS } from './encoding.ts';
import { GEO_FUNCTIONS } from './geo.ts';
import { IP_FUNCTIONS } from './ip.ts';
import { IP_SEARCH_FUNCTIONS } from './ip-search.ts';
import { IPV6_FUNCTIONS } from './ipv6.ts';
import { LOG_FORMAT_FUNCTIONS } from './log-formats.ts';
import { LOG_PARSE_FUNCTIONS } from './log-parse.ts';
import { MATH_FUNCTIONS } from './math.ts';
import { OPERATORS } from './operators.ts';
import { PARSE_FUNCTIONS } from './parse.ts';
import { SERIES_FUNCTIONS } from './series.ts';
import { SERIES_ELEMENT_FUNCTIONS } from './series-elements.ts';
import { SERIES_HOST_FUNCTIONS } from './series-host.ts';
import { SKETCH_FUNCTIONS } from './sketch.ts';
import { STRING_FUNCTIONS } from './string.ts';
import { ZONE_FUNCTIONS } from './zones.ts';

/** A group of scalar functions under a heading for people. */
export interface ScalarFamily {
  readonly title: string;
  readonly functions: readonly FunctionDecl[];
}

/** All scalar functions a text can call. */
export const SCALAR_FAMILIES: readonly ScalarFamily[] = [
  { title: 'Text', functions: STRING_FUNCTIONS },
  { title: 'Parsing', functions: PARSE_FUNCTIONS },
  { title: 'Records of logs', functions: [...LOG_PARSE_FUNCTIONS, ...LOG_FORMAT_FUNCTIONS] },
  { title: 'Encodings and hashes', functions: ENCODING_FUNCTIONS },
  { title: 'Conversion', functions: CONVERSION_FUNCTIONS },
  { title: 'Units', functions: UNIT_FUNCTIONS },
  { title: 'Conditions', functions: CONDITION_FUNCTIONS },
  { title: 'Date and time', functions: [...DATETIME_FUNCTIONS, ...ZONE_FUNCTIONS] },
  { title: 'Dynamic values', functions: DYNAMIC_FUNCTIONS },
  { title: 'Arrays', functions: ARRAY_FUNCTIONS },
  { title: 'Numbers', functions: MATH_FUNCTIONS },
  { title: 'Addresses', functions: [...IP_FUNCTIONS, ...IPV6_FUNCTIONS, ...IP_SEARCH_FUNCTIONS] },
  { title: 'Sketches, distributions and helpers', functions: SKETCH_FUNCTIONS },
  { title: 'Geospatial', functions: GEO_FUNCTIONS },
  { title: 'Series', functions: [...SERIES_ELEMENT_FUNCTIONS, ...SERIES_HOST_FUNCTIONS] },
];

const byName = new Map<string, FunctionDecl>();
for (const family of [...SCALAR_FAMILIES.map((f) => f.functions), SERIES_FUNCTIONS, OPERATORS]) {
  for (const decl of family) {
    for (const name of [decl.name, ...(decl.aliases ?? [])]) {
      if (byName.has(name)) throw new Error(`The function ${name} is declared twice.`);
      byName.set(name, decl);
    }
  }
}

/** The declaration of a scalar function or operator by any of its names. */
export function scalarFunction(name: string): FunctionDecl | undefined {
  return byName.get(name);
}

/** Every name a scalar function answers to, operators left out. */
export function scalarFunctionNames(): string[] {
  return [...byName.keys()].filter(
    (n) => /^[a-z]\w*$/i.test(n) && !OPERATORS.includes(byName.get(n)!) && !SERIES_FUNCTIONS.includes(byName.get(n)!),
  );
}
