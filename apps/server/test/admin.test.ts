import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Access, createAccess, registerAccess } from '@parapet/access';
import { createSealer, type StateDb } from '@parapet/state';
import { openTestState } from '@parapet/state/testing';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AdminWorld, runAdmin } from '../src/admin/admin.ts';
import { runAdminCli } from '../src/admin/cli.ts';
import { openControl, sendControl } from '../src/admin/control.ts';
import { findPaths } from '../src/paths.ts';

const PASSWORD = 'correct horse battery';
let dir: string;
let db: StateDb;
let access: Access;
let app: FastifyInstance;
let world: AdminWorld;
let close: () => Promise<void>;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'admin-'));
  db = await openTestState();
  const sealer = createSealer(join(dir, 'secret.key'));
  access = await createAccess({ db, version: '1', sealer });
  app = Fastify();
  await registerAccess(app, access);
  world = { access, db, sealer, base: 'https://soc.example', running: true };
  close = await openControl(dir, (request) => runAdmin(world, request));
});
afterAll(async () => {
  await close();
  await app.close();
  await access.close();
  await db.close();
  rmSync(dir, { recursive: true, force: true });
});

/** What the command prints and its exit code, through the socket of a running server. */
async function run(...argv: string[]): Promise<{ text: string; exit: number }> {
  const lines: string[] = [];
  const exit = await runAdminCli(
    [...argv, '--data', dir],
    findPaths(import.meta.url),
    { PARAPET_CLIENT_SECRET: 'very secret' },
    (line) => lines.push(line),
  );
  return { text: lines.join('\n'), exit };
}
const signIn = (username: string, password: string) =>
  app.inject({ method: 'POST', url: '/api/session', payload: { username, password } });

test('the socket is for the owner of the data folder alone', () => {
  expect(statSync(readFileSync(join(dir, 'control.path'), 'utf8')).mode & 0o077).toBe(0);
});

test('set-up and recovery without the portal', async () => {
  expect((await run('users', 'list')).text).toContain('Nobody has an account');
  expect((await run('setup-link')).text).toMatch(/https:\/\/soc\.example\/setup\?token=[\w-]{43}/);
  const added = await run('users', 'add', 'ada', '--role', 'globalAdministrator');
  const password = /^ {2}([\w-]+)$/m.exec(added.text)?.[1] ?? '';
  expect((await signIn('ada', password)).json()).toMatchObject({ user: { username: 'ada' }, stage: 'changePassword' });
  expect(await run('setup-link')).toMatchObject({ exit: 1, text: expect.stringContaining('set up already') });
  expect((await run('users', 'add', 'x', '--role', 'emperor')).exit).toBe(2);

  for (let n = 0; n < 5; n++) await signIn('ada', `wrong ${n}`);
  expect((await signIn('ada', password)).statusCode).toBe(429);
  expect((await run('users', 'unlock', 'ADA')).exit).toBe(0);
  const old = await signIn('ada', password);
  expect(old.statusCode).toBe(200);

  const reset = await run('users', 'reset-password', 'ada');
  const next = /^ {2}([\w-]+)$/m.exec(reset.text)?.[1] ?? '';
  expect(next).not.toBe(password);
  expect((await signIn('ada', password)).statusCode).toBe(401);
  expect((await signIn('ada', next)).statusCode).toBe(200);
  const cookie = `parapet_session=${old.cookies[0]?.value}`;
  expect((await app.inject({ url: '/api/profile/sessions', headers: { cookie } })).statusCode).toBe(401);

  expect((await run('users', 'break-glass', 'ada')).exit).toBe(0);
  expect((await run('users', 'remove-factors', 'ada')).exit).toBe(0);
  const list = (await run('users', 'list')).text;
  expect(list).toMatch(/ada .*globalAdministrator .*break-glass .*none .*here/);
  expect(await run('users', 'reset-password', 'nobody')).toMatchObject({ exit: 1 });
  expect((await run('users', 'nonsense')).exit).toBe(2);
  const [entry] = await db.query<{ actor: string }>("select actor from audit_entry where action = 'factor.reset'");
  expect(entry?.actor).toBe('command line');
});

test('providers and rules', async () => {
  const file = join(dir, 'provider.json');
  writeFileSync(
    file,
    JSON.stringify({
      name: 'Contoso',
      issuer: 'https://login.contoso.example',
      clientId: 'parapet',
      mappings: [{ claim: 'groups', value: 'soc', role: 'securityOperator' }],
    }),
  );
  const added = await run('sign-in', 'add', file);
  expect(added.text).toMatch(/https:\/\/soc\.example\/api\/sign-in\/oidc\/[0-9a-f]{12}\/callback/);
  const [row] = await db.query<{ client_secret: string }>('select client_secret from sign_in_provider');
  expect(row?.client_secret).toMatch(/^sealed:2:/);
  expect((await run('sign-in', 'list')).text).toContain('https://login.contoso.example');
  expect((await run('sign-in', 'policy', '--local', 'breakGlassOnly')).text).toContain('breakGlassOnly');
  expect(await run('sign-in', 'policy', '--local', 'nobody')).toMatchObject({ exit: 1 });
  expect((await run('sign-in', 'policy', '--local', 'everyone')).exit).toBe(0);
});

describe('keys rotate', () => {
  test('seals everything anew, and what was sealed before stays readable', async () => {
    await db.query('create table room (settings jsonb not null, note text)');
    const sealed = await world.sealer.seal('of a room');
    await db.query('insert into room (settings, note) values ($1, $2)', [
      JSON.stringify({ password: sealed, other: [sealed], plain: 'x' }),
      'sealed:1:AAAA is only text',
    ]);
    const before = (await db.query<{ client_secret: string }>('select client_secret from sign_in_provider'))[0];
    const answer = await run('keys', 'rotate');
    expect(answer.text).toMatch(/New key [0-9a-f]{8}\. \d+ sealed values/);
    const after = (await db.query<{ client_secret: string }>('select client_secret from sign_in_provider'))[0];
    expect(after?.client_secret).not.toBe(before?.client_secret);
    expect(await world.sealer.open(after!.client_secret)).toBe('very secret');
    expect(await world.sealer.open(before!.client_secret)).toBe('very secret');
    const [room] = await db.query<{ settings: { password: string; other: string[]; plain: string }; note: string }>(
      'select * from room',
    );
    expect(room?.settings.plain).toBe('x');
    expect(room?.note).toBe('sealed:1:AAAA is only text');
    for (const value of [room!.settings.password, room!.settings.other[0]!]) {
      expect(await world.sealer.isCurrent(value)).toBe(true);
      expect(await world.sealer.open(value)).toBe('of a room');
    }
    // A process that starts afterwards reads all of it, and the audit log still verifies.
    const fresh = createSealer(join(dir, 'secret.key'));
    expect(await fresh.open(before!.client_secret)).toBe('very secret');
    expect(await run('audit', 'verify')).toMatchObject({
      exit: 0,
      text: expect.stringContaining('Sealed by this installation'),
    });
    expect(readFileSync(join(dir, 'secret.key'), 'utf8').trim().split('\n')).toHaveLength(2);
    expect((await run('keys', 'rotate', '--forget-old')).exit).toBe(2);
    const alone = () =>
      runAdmin({ ...world, running: false }, { command: 'keys rotate', args: [], flags: { 'forget-old': true } });
    expect(await alone()).toMatchObject({
      exit: 1,
      lines: expect.arrayContaining([expect.stringContaining('not everything')]),
    });
    await db.query('update room set note = null');
    expect((await alone()).lines.at(-1)).toContain('3 older keys were forgotten');
    await expect(world.sealer.open(before!.client_secret)).rejects.toThrow('cannot be opened');
    const [last] = await db.query<{ client_secret: string }>('select client_secret from sign_in_provider');
    expect(await createSealer(join(dir, 'secret.key')).open(last!.client_secret)).toBe('very secret');
    expect((await run('audit', 'verify')).exit).toBe(0);
  });
});

test('audit verify answers with its exit code', async () => {
  await db.transaction(async (tx) => {
    await tx.query('alter table audit_entry disable trigger all');
    await tx.query("update audit_entry set actor = 'eve' where id = 2");
    await tx.query('alter table audit_entry enable trigger all');
  });
  expect(await run('audit', 'verify')).toMatchObject({ exit: 1, text: expect.stringContaining('NOT') });
});

test('without a server the command has the folder for itself', async () => {
  const alone = mkdtempSync(join(tmpdir(), 'alone-'));
  try {
    writeFileSync(join(alone, 'control.path'), join(alone, 'gone.sock'));
    expect(await sendControl(alone, { command: 'users list', args: [], flags: {} })).toBeUndefined();
    const lines: string[] = [];
    const call = (...argv: string[]) =>
      runAdminCli([...argv, '--data', alone], findPaths(import.meta.url), {}, (line) => lines.push(line));
    expect(await call('users', 'add', 'grace')).toBe(0);
    expect(await call('users', 'list')).toBe(0);
    expect(lines.join('\n')).toMatch(/grace .*globalAdministrator/);
    expect(await call('audit', 'verify')).toBe(0);
  } finally {
    rmSync(alone, { recursive: true, force: true });
  }
});

test('passwords that are made are long and differ', async () => {
  const made = await run('users', 'add', 'bob', '--break-glass');
  const password = /^ {2}([\w-]+)$/m.exec(made.text)?.[1] ?? '';
  expect(password).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/);
  expect((await signIn('bob', password)).json().stage).toBe('complete');
  expect(password).not.toBe(PASSWORD);
});
