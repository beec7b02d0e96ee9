import { gzipSync } from 'node:zlib';
import { createSealer } from '@parapet/state';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holderOf, issueToken } from '../src/azure/token.ts';
import { type HttpLab, httpLab, type Key } from './http-lab.ts';

let lab: HttpLab;
let key: Key;

beforeAll(async () => {
  lab = await httpLab();
  key = await lab.source('azure-logs');
});
afterAll(() => lab.close());

async function tokenOf(
  own: Key,
  form: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, string> }> {
  const answer = await fetch(`${lab.url}/contoso/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: own.id,
      client_secret: own.secret,
      scope: 'https://monitor.azure.com//.default',
      ...form,
    }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

async function upload(
  body: Buffer | string,
  options: { key?: Key; token?: string; stream?: string; headers?: Record<string, string>; query?: string } = {},
) {
  const token = options.token ?? (await tokenOf(options.key ?? key)).body.access_token;
  const answer = await fetch(
    `${lab.url}/dataCollectionRules/dcr-0/streams/${options.stream ?? 'Custom-Mine_CL'}${options.query ?? '?api-version=2023-01-01'}`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...options.headers },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    },
  );
  const text = await answer.text();
  return {
    status: answer.status,
    code: text ? (JSON.parse(text) as { error: { code: string } }).error.code : '',
    retryAfter: answer.headers.get('retry-after'),
  };
}

describe('tokens', () => {
  it('are given for a key and end with it', async () => {
    const own = await lab.source('azure-logs');
    const good = await tokenOf(own);
    expect([good.status, good.body.token_type, good.body.expires_in]).toEqual([200, 'Bearer', 3599]);
    expect(good.body.access_token).not.toContain(own.secret);
    expect((await upload('[{"a":1}]', { token: good.body.access_token })).status).toBe(204);
    await lab.registry.update(own.sourceId, { enabled: false });
    expect(await upload('[{"a":2}]', { token: good.body.access_token })).toMatchObject({
      status: 403,
      code: 'Forbidden',
    });
    await lab.registry.update(own.sourceId, { enabled: true });
    expect((await upload('[{"a":3}]', { token: good.body.access_token })).status).toBe(204);
  });

  it('are refused as the token service does', async () => {
    const wrong = await tokenOf(key, { client_secret: 'guess' });
    expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_client']);
    expect(wrong.body.error_description).toMatch(/^AADSTS7000215/);
    expect((await tokenOf(key, { grant_type: 'password' })).body.error).toBe('unsupported_grant_type');
    for (const token of ['', 'abc', `${(await tokenOf(key)).body.access_token?.slice(0, -4)}AAAA`])
      expect(await upload('[{"a":1}]', { token }), token).toMatchObject({
        status: 401,
        code: 'InvalidAuthenticationToken',
      });
  });

  it('run out', async () => {
    const sealer = createSealer(`${lab.dir}/other.key`);
    const sender = { id: 's', name: 's' };
    const verify = async () => sender;
    const token = await issueToken(sealer, { id: 'i', secret: 's' }, 1_000_000);
    // What a bearer token may hold: no colon.
    expect(token).toMatch(/^[A-Za-z0-9._-]+$/);
    expect(await holderOf(sealer, verify, token, 1_000_000 + 3_598_000)).toBe(sender);
    expect(await holderOf(sealer, verify, token, 1_000_000 + 3_600_000)).toBe('expired');
    const setting = (await sealer.seal(JSON.stringify({ id: 'i', secret: 's', expires: 9e15 })))
      .replace('sealed:', '')
      .replaceAll(':', '.');
    expect(await holderOf(sealer, verify, setting, 0)).toBeNull();
  });

  it('can be asked for by address', async () => {
    const found = await fetch(`${lab.url}/contoso/v2.0/.well-known/openid-configuration`);
    expect(((await found.json()) as Record<string, string>).token_endpoint).toBe(
      `${lab.url}/contoso/oauth2/v2.0/token`,
    );
  });
});

describe('rows', () => {
  it('of a stream that names a table go straight into it, others find their connector', async () => {
    const own = await lab.source('azure-logs');
    const trail = {
      eventTime: '2024-01-01T00:00:00Z',
      eventSource: 'iam.amazonaws.com',
      eventName: 'X',
      eventID: 'az-1',
    };
    expect(
      (await upload(gzipSync(JSON.stringify([trail])), { key: own, headers: { 'content-encoding': 'gzip' } })).status,
    ).toBe(204);
    const rows =
      '[{"TimeGenerated":"2024-02-03T04:05:06Z","Computer":"az-host","ProcessName":"sshd","SyslogMessage":"hi","big":12345678901234567890},{"Computer":"az-host"}]';
    expect((await upload(rows, { key: own, stream: 'Microsoft-Syslog' })).status).toBe(204);
    const records = await lab.records(own);
    expect(records[1]).toMatchObject({ Type: 'Syslog', Computer: 'az-host' });
    expect(await lab.query("SELECT count() FROM hunting.CloudAuditEvents WHERE ReportId = 'az-1'")).toEqual([['1']]);
    expect(
      await lab.query(
        "SELECT toString(TimeGenerated), SyslogMessage FROM hunting.Syslog WHERE Computer = 'az-host' ORDER BY TimeGenerated LIMIT 1",
      ),
    ).toEqual([['2024-02-03 04:05:06.0000000', 'hi']]);
    expect(await lab.query("SELECT count() FROM hunting.Syslog WHERE Computer = 'az-host'")).toEqual([['2']]);
    const [raw] = await lab.query(
      `SELECT RawEventData, IndexName FROM hunting.ParapetRawEvents WHERE SourceId = '${own.sourceId}' AND IndexName = 'Microsoft-Syslog' ORDER BY Sequence LIMIT 1`,
    );
    expect(raw?.[0]).toContain('"big":12345678901234567890');
  });

  it('have long texts cut between characters, with a note', async () => {
    const own = await lab.source('azure-logs');
    const long = `${'a'.repeat(65_535)}é and more`;
    await upload(JSON.stringify([{ first: 1, Text: long, fits: 'b'.repeat(60_000) }]), { key: own });
    const [record] = await lab.records(own);
    expect(record?.Text).toBe('a'.repeat(65_535));
    expect(record?._CutFields).toEqual({ Text: 65_546 });
    expect(String(record?.fits)).toHaveLength(60_000);
    expect(record?.first).toBe(1);
  });

  it('that are none are set aside, the rest is stored', async () => {
    const own = await lab.source('azure-logs');
    expect((await upload('[1,{"a":1},"x"]', { key: own })).status).toBe(204);
    expect(await lab.records(own)).toEqual([{ a: 1 }]);
    const dead = await lab.query(
      `SELECT Reason, RawText FROM hunting.ParapetDeadLetter WHERE SourceId = '${own.sourceId}' ORDER BY RawText`,
    );
    expect(dead).toEqual([
      ['malformed_event', '"x"'],
      ['malformed_event', '1'],
    ]);
  });
});

describe('refusals', () => {
  it('have the codes of the service', async () => {
    expect(await upload('{"a":1}')).toMatchObject({ status: 400, code: 'InvalidPayload' });
    expect(await upload('[{"a":')).toMatchObject({ status: 400, code: 'InvalidPayload' });
    expect(await upload('[]', { stream: 'Other-x' })).toMatchObject({ status: 400, code: 'InvalidStream' });
    expect(await upload('[]', { query: '' })).toMatchObject({ status: 400, code: 'UnsupportedApiVersion' });
    const large = JSON.stringify([{ a: 'x'.repeat(1_100_000) }]);
    expect(await upload(large)).toMatchObject({ status: 413, code: 'ContentLengthLimitExceeded' });
    expect(await upload(gzipSync(large), { headers: { 'content-encoding': 'gzip' } })).toMatchObject({ status: 413 });
    const own = await lab.source('azure-logs', {}, { eventsPerSecond: 1, bytesPerSecond: null });
    await upload(`[${Array(40).fill('{}').join()}]`, { key: own });
    const later = await upload('[{}]', { key: own });
    expect([later.status, Number(later.retryAfter) > 0]).toEqual([429, true]);
  });
});
