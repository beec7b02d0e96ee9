import type { Entity, EntityFields, Fact } from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { type Row, select, str, string } from './rows.ts';
import type { TimedTable } from './tables.ts';

/** The directory's newest record of an account, found by object id, SID, user principal name or name, in this order. */
async function record(
  store: TelemetryStore,
  tables: readonly TimedTable[],
  { key, fields }: Pick<Entity, 'key' | 'fields'>,
): Promise<Row | undefined> {
  const table = tables.find(({ name }) => name === 'IdentityInfo');
  if (!table) return undefined;
  const has = (name: string): boolean => table.columns.some((column) => column.name === name);
  const params: Record<string, ReturnType<typeof string>> = {};
  const tests: string[] = [];
  const test = (column: string, value: string | undefined, sql = `lowerUTF8(toString(${column}))`): void => {
    if (!value || !has(column)) return;
    const name = `i${tests.length}`;
    params[name] = string(value.toLowerCase());
    tests.push(`${sql} = {${name}:String}`);
  };
  test('AccountObjectId', fields.accountObjectId);
  test('OnPremSid', fields.accountSid ?? (/^s-1-/.test(key) ? key : undefined));
  test('AccountUpn', fields.accountUpn ?? (key.includes('@') ? key : undefined));
  if (tests.length === 0 || key.includes('\\')) {
    const at = key.indexOf('\\');
    const name = key.slice(at + 1);
    const domain = at < 0 ? '' : key.slice(0, at);
    if (has('AccountName') && has('AccountDomain')) {
      params.who = string(name);
      params.where = string(domain);
      tests.push(
        "lowerUTF8(toString(AccountName)) = {who:String} AND ({where:String} = '' OR lowerUTF8(splitByChar('.', toString(AccountDomain))[1]) = {where:String})",
      );
    }
  }
  if (tests.length === 0) return undefined;
  const [found] = await select(
    store,
    `SELECT * FROM hunting.IdentityInfo WHERE ${tests.map((each) => `(${each})`).join(' OR ')} ORDER BY ${table.timeColumn} DESC LIMIT 1`,
    { params },
  );
  return found;
}

/** Names and ids that the directory gives the same person. */
export async function linkedAccount(
  store: TelemetryStore,
  tables: readonly TimedTable[],
  entity: Pick<Entity, 'key' | 'fields'>,
): Promise<EntityFields | undefined> {
  const row = await record(store, tables, entity);
  if (!row) return undefined;
  const filled: Record<string, string> = {};
  const add = (field: keyof EntityFields, value: string): void => {
    if (value) filled[field] = value;
  };
  add('accountName', str(row, 'AccountName'));
  add('accountDomain', str(row, 'AccountDomain').split('.')[0] ?? '');
  add('accountSid', str(row, 'OnPremSid'));
  add('accountUpn', str(row, 'AccountUpn'));
  add('accountObjectId', str(row, 'AccountObjectId'));
  return filled;
}

const PERSON: readonly (readonly [column: string, label: string])[] = [
  ['AccountDisplayName', 'Display name'],
  ['JobTitle', 'Title'],
  ['Department', 'Department'],
  ['Manager', 'Manager'],
  ['EmailAddress', 'E-mail'],
  ['Phone', 'Telephone'],
  ['City', 'City'],
  ['Country', 'Country'],
  ['AssignedRoles', 'Roles'],
  ['PrivilegedEntraPimRoles', 'Privileged roles'],
  ['GroupMembership', 'Groups'],
  ['Tags', 'Directory tags'],
  ['Type', 'Kind of account'],
  ['SourceProvider', 'Source'],
  ['CreatedDateTime', 'Created'],
];

/** What the directory says of a person. */
export async function identityFacts(
  store: TelemetryStore,
  tables: readonly TimedTable[],
  entity: Pick<Entity, 'key' | 'fields'>,
): Promise<Fact[]> {
  const row = await record(store, tables, entity);
  if (!row) return [];
  const facts: Fact[] = PERSON.flatMap(([column, label]) => {
    const value = readable(row[column]);
    return value ? [{ label, value, source: 'IdentityInfo' }] : [];
  });
  const enabled = row.IsAccountEnabled;
  if (enabled === true || enabled === false || enabled === 1 || enabled === 0)
    facts.push({ label: 'Status', value: enabled ? 'Enabled' : 'Disabled', source: 'IdentityInfo' });
  return facts;
}

/** Lists of the directory as words. */
function readable(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  if (!text.startsWith('[')) return text === '{}' ? '' : text;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed)
      ? parsed.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join(', ')
      : text;
  } catch {
    return text;
  }
}
