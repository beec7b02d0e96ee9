import type { HuntingSchemaInfo } from '@parapet/schema/wire';
import { describe, expect, it } from 'vitest';
import { parseDrafts } from '../src/pages/hunting/drafts.ts';
import { filtersOf, spoken } from '../src/pages/hunting/guided/filters.ts';
import { guidedKql } from '../src/pages/hunting/guided/kql.ts';
import { type Condition, EMPTY_GUIDED, type GuidedQuery } from '../src/pages/hunting/guided/model.ts';

type Table = HuntingSchemaInfo['tables'][number];
const table = (
  name: string,
  category: string,
  columns: Record<string, Table['columns'][number]['type']>,
  more = {},
): Table => ({
  name,
  category,
  description: '',
  origin: 'hunting',
  timeColumn: 'Timestamp',
  columns: Object.entries({ Timestamp: 'datetime' as const, ...columns }).map(([column, type]) => ({
    name: column,
    type,
  })),
  actionTypes: [],
  rows: 1,
  newest: null,
  ...more,
});
const schema = {
  tables: [
    table('DeviceProcessEvents', 'Devices', {
      DeviceName: 'string',
      SHA256: 'string',
      InitiatingProcessSHA256: 'string',
      ProcessId: 'long',
    }),
    table(
      'DeviceLogonEvents',
      'Devices',
      { DeviceName: 'string', ActionType: 'string', IsLocalAdmin: 'bool' },
      { actionTypes: ['LogonFailed'] },
    ),
    table('EmailAttachmentInfo', 'Email and collaboration', { SHA256: 'string', AdditionalFields: 'dynamic' }),
    table('DeviceInfo', 'Devices', { DeviceName: 'string' }, { rows: 0 }),
  ],
};
const one = (filter: string, operator: Condition['operator'], ...values: string[]): Condition => ({
  filter,
  operator,
  values,
});
const kql = (items: GuidedQuery['root']['items'], more: Partial<GuidedQuery> = {}, join: 'and' | 'or' = 'and') =>
  guidedKql({ ...EMPTY_GUIDED, sample: 100, ...more, root: { join, items } }, schema);

describe('guided queries', () => {
  it('looks for a hash in every column of every table that can hold one', () => {
    const hash = 'ab'.repeat(32);
    expect(kql([one('sha256', 'equals', hash)])).toBe(
      [
        'union',
        `  (DeviceProcessEvents | where SHA256 =~ "${hash}" or InitiatingProcessSHA256 =~ "${hash}" | extend SourceTable = "DeviceProcessEvents"),`,
        `  (EmailAttachmentInfo | where SHA256 =~ "${hash}" | extend SourceTable = "EmailAttachmentInfo")`,
        '| top 100 by Timestamp desc',
        '| project-reorder SourceTable',
      ].join('\n'),
    );
    expect(kql([one('sha256', 'equals', hash)], { domain: 'email' })).toBe(
      `EmailAttachmentInfo\n| where SHA256 =~ "${hash}"\n| top 100 by Timestamp desc`,
    );
  });

  it('joins conditions and groups, and leaves out tables that cannot meet them', () => {
    expect(
      kql([
        one('device', 'startsWith', 'web', 'db'),
        {
          join: 'or',
          items: [one('event', 'equals', 'LogonFailed'), one('DeviceLogonEvents.IsLocalAdmin', 'equals', 'true')],
        },
      ]),
    ).toBe(
      'DeviceLogonEvents\n| where (DeviceName startswith "web" or DeviceName startswith "db") and (ActionType =~ "LogonFailed" or IsLocalAdmin == true)\n| top 100 by Timestamp desc',
    );
  });

  it('keeps tables without the column when the condition excludes', () => {
    expect(kql([one('device', 'equals', 'a'), one('sha256', 'notEquals', 'b')], { domain: 'endpoints' })).toContain(
      '(DeviceLogonEvents | where DeviceName =~ "a" | extend',
    );
    // An exclusion over several columns holds for all of them.
    expect(kql([one('sha256', 'notEquals', 'b')], { domain: 'endpoints' })).toContain(
      'SHA256 !~ "b" and InitiatingProcessSHA256 !~ "b"',
    );
  });

  it('writes what people type as literals', () => {
    expect(kql([one('device', 'contains', 'a"\n| evil')], { domain: 'signins' })).toContain('contains "a\\"\\n| evil"');
    expect(kql([one('DeviceProcessEvents.ProcessId', 'between', '1', '20')])).toContain('ProcessId between (1 .. 20)');
    expect(kql([one('DeviceProcessEvents.ProcessId', 'equals', '1 or true')])).not.toContain('true');
    expect(kql([one('DeviceLogonEvents.Timestamp', 'greater', '2026-01-02T03:04')])).toContain(
      'Timestamp > datetime(2026-01-02T03:04:00.000Z)',
    );
    expect(kql([one('EmailAttachmentInfo.AdditionalFields', 'contains', 'x')])).toContain(
      'tostring(AdditionalFields) contains "x"',
    );
  });

  it('reads what holds rows when nothing is asked, and nothing when nothing can hold it', () => {
    expect(kql([])).not.toContain('DeviceInfo');
    expect(kql([one('subject', 'equals', 'x')], { domain: 'endpoints' })).not.toContain('Subject');
    expect(kql([one('EmailAttachmentInfo.SHA256', 'isNotEmpty')])).toBe(
      'EmailAttachmentInfo\n| where isnotempty(SHA256)\n| top 100 by Timestamp desc',
    );
  });

  it('offers filters by section, and closed lists where values are known', () => {
    const filters = filtersOf(schema.tables, 'signins');
    expect(filters.find(({ id }) => id === 'event')).toMatchObject({
      kind: 'list',
      values: ['LogonFailed'],
      basic: true,
    });
    expect(new Set(filters.map(({ section }) => section))).toEqual(new Set(['Anywhere', 'Device logon events']));
    expect(spoken('InitiatingProcessSHA256')).toBe('Initiating process SHA256');
  });

  it('survives a reload, whatever was stored', () => {
    const guided: GuidedQuery = { ...EMPTY_GUIDED, root: { join: 'or', items: [one('device', 'equals', 'a')] } };
    const stored = (value: unknown) =>
      parseDrafts(JSON.stringify({ active: 'a', drafts: [{ id: 'a', text: 'T', guided: value }] })).drafts[0]?.guided;
    expect(stored(guided)).toEqual(guided);
    expect(stored('nonsense')).toBeUndefined();
    expect(stored({ domain: 'all', root: { items: [null, 5, { filter: 1 }, { items: 'x' }] } })?.root.items).toEqual(
      [],
    );
  });
});
