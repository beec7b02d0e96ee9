import type { KqlType } from '../types.ts';
import { castSql, toJson } from './casts.ts';
import type { FunctionDecl } from './declare.ts';
import { host } from './host.ts';

function conversion(name: string, aliases: readonly string[], to: KqlType, doc: string): FunctionDecl {
  return {
    name,
    aliases,
    args: 'any',
    returns: to,
    total: true,
    sql: (a, c) => castSql(a[0]!.sql, a[0]!.type, to, c),
    doc,
  };
}

export const CONVERSION_FUNCTIONS: readonly FunctionDecl[] = [
  conversion('tostring', [], 'string', 'Text of a value; null becomes empty.'),
  conversion('toint', [], 'int', 'Whole number of 32 bits; hexadecimal text is read too.'),
  conversion('tolong', [], 'long', 'Whole number of 64 bits; hexadecimal text is read too.'),
  conversion('todouble', ['toreal'], 'real', 'Real number.'),
  conversion('todecimal', [], 'decimal', 'Decimal number with 38 digits before and after the point.'),
  conversion('tobool', ['toboolean'], 'bool', 'Truth value of text or number.'),
  conversion('todatetime', [], 'datetime', 'Datetime of text in many forms.'),
  conversion('totimespan', ['totime'], 'timespan', 'Timespan of text.'),
  conversion('toguid', [], 'guid', 'Unique identifier of text.'),
  {
    name: 'parse_json',
    aliases: ['todynamic', 'parsejson', 'toobject'],
    args: 'any',
    returns: 'dynamic',
    total: true,
    sql: (a, c) => {
      const x = a[0]!;
      if (x.type !== 'string') return toJson(x.sql, x.type, c);
      const s = c.once(x.sql);
      return `multiIf(${s} = '', '', isValidJSON(${s}), ${s}, toJSONString(${s}))`;
    },
    doc: 'Dynamic value of JSON text; text that is no JSON becomes a string value.',
  },
  {
    name: 'to_json_string',
    args: 'any',
    returns: 'dynamic',
    total: true,
    sql: (a, c) => toJson(a[0]!.sql, a[0]!.type, c),
    doc: 'A value as a dynamic value, text staying text.',
  },
  {
    name: 'dynamic_to_json',
    args: 'dynamic',
    returns: 'string',
    total: true,
    sql: (a, c) => {
      const x = c.once(a[0]!.sql);
      return `if(match(${x}, '[{]'), ${host('bag.canonical', [{ ...a[0]!, sql: x, type: 'string' }], c, 'string')}, ${x})`;
    },
    doc: 'JSON text of a dynamic value with the keys of every bag in order.',
  },
];
