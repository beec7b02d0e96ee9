import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadHuntingSchema } from '@parapet/schema';
import { toKqlSchema } from '@parapet/store';
import { afterAll, expect, it } from 'vitest';
import { loadScopes } from '../src/hunting/scopes.ts';

const folder = mkdtempSync(join(tmpdir(), 'parapet-scopes-'));
const file = join(folder, 'scopes.json');
const schema = toKqlSchema(loadHuntingSchema());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const load = (scopes: unknown) => {
  writeFileSync(file, JSON.stringify({ scopes }));
  return loadScopes(file, schema);
};

it('limits those a rule names, by every rule that names them', () => {
  const scopes = load([
    { roles: ['reader'], hiddenTables: ['EmailEvents'] },
    { users: ['ana'], rows: { DeviceEvents: { not: { any: [{ column: 'DeviceName', in: ['pc1'] }] } } } },
  ]);
  expect(scopes.of({ username: 'ben', role: 'securityAdministrator' })).toBeUndefined();
  expect(scopes.of({ username: 'ben', role: 'securityReader' })).toMatchObject({ hiddenTables: ['EmailEvents'] });
  expect(scopes.of({ username: 'ana', role: 'securityReader' })).toMatchObject({
    hiddenTables: ['EmailEvents'],
    rows: { DeviceEvents: { not: { any: [{ column: 'DeviceName', in: ['pc1'] }] } } },
  });
});

it.each([
  ['is not {"scopes"', 5],
  ['names neither roles nor users', [{ hiddenTables: ['EmailEvents'] }]],
  ['there is no role boss', [{ roles: ['boss'] }]],
  ['there is no table EmailEvent', [{ roles: ['reader'], hiddenTables: ['EmailEvent'] }]],
  ['has no column Nope', [{ roles: ['reader'], hiddenColumns: { DeviceEvents: ['Nope'] } }]],
  ['has no column Nope', [{ roles: ['reader'], rows: { DeviceEvents: { column: 'Nope', in: [] } } }]],
  ['do not fit its type string', [{ roles: ['reader'], rows: { DeviceEvents: { column: 'DeviceName', in: [1] } } }]],
  ['do not fit its type datetime', [{ roles: ['reader'], rows: { DeviceEvents: { column: 'Timestamp', in: ['x'] } } }]],
  [
    'a row condition of DeviceEvents is one of',
    [{ roles: ['reader'], rows: { DeviceEvents: { column: 'DeviceName', in: [], all: [] } } }],
  ],
  ['a rule has no hide', [{ roles: ['reader'], hide: [] }]],
])('refuses a file whose mistake would show what it should hide: %s', (message, scopes) => {
  expect(() => load(scopes)).toThrow(message);
});
