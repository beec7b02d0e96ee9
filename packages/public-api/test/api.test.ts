/** Resources, query options, writes, limits and errors of the Graph-compatible API. */

import { readFileSync } from 'node:fs';
import { makeEntity } from '@parapet/schema';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVIDENCE_TYPES } from '../src/transfer/import-evidence.ts';
import { ALL, type Answer, type Body, incident, openWorld, type World } from './support.ts';

let world: World;
let token = '';
const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object | string, headers = {}) =>
  world.api(token, method, path, body, headers as Record<string, string>);
const get = (path: string, headers = {}): Promise<Answer> => call('GET', path, undefined, headers);
const ids = (answer: Answer): string[] => answer.body.value.map((each: Body) => each.id);
const COUNT = 30;

/** Follow `@odata.nextLink` to the end. */
async function everything(path: string, between: () => Promise<void> = async () => undefined): Promise<string[]> {
  const found: string[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    const page: Answer = await get(next.replace(/^https?:\/\/[^/]+/, ''));
    expect(page.status, JSON.stringify(page.body)).toBe(200);
    found.push(...ids(page));
    next = page.body['@odata.nextLink'];
    await between();
  }
  return found;
}

async function importMany(from: number, to: number): Promise<void> {
  const lines = Array.from({ length: to - from + 1 }, (_, index) => JSON.stringify(incident(from + index))).join('\n');
  const done = await call('POST', '/v1.0/security/incidents/import', lines);
  expect(done.body, world.logged.join()).toMatchObject({ created: to - from + 1, failed: 0 });
}

beforeAll(async () => {
  world = await openWorld();
  token = await world.tokenOf(await world.register('Everything', { applicationPermissions: ALL }));
  await importMany(1, COUNT);
});
afterAll(() => world?.close());

describe('lists', () => {
  it('are enveloped as published, newest first, with ids and types', async () => {
    const page = await get('/v1.0/security/alerts_v2?$top=5&$count=true', { 'client-request-id': 'mine-1' });
    expect(page.headers).toMatchObject({
      'client-request-id': 'mine-1',
      'request-id': expect.any(String),
      'odata-version': '4.0',
    });
    expect(page.body['@odata.context']).toMatch(/\/v1\.0\/\$metadata#security\/alerts_v2$/);
    expect(page.body['@odata.count']).toBe(COUNT);
    expect(page.body.value[0]).toMatchObject({
      '@odata.type': '#microsoft.graph.security.alert',
      title: `Finding ${COUNT}`,
      classification: null,
      evidence: [{ '@odata.type': '#microsoft.graph.security.deviceEvidence', mdeDeviceId: `d-${COUNT}` }],
    });
    const [stored] = await world.db.query<{ ids: string[] }>(
      'select array(select id from alert order by created_at desc, id desc limit 5) as ids',
    );
    expect(ids(page)).toEqual(stored?.ids);
  });

  it('are paged to the end without repeats or gaps while alerts arrive', async () => {
    const before = await world.db.query<{ id: string }>('select id from alert');
    let more = 1_000;
    const found = await everything('/v1.0/security/alerts_v2?$top=7', () => importMany(more, more++));
    expect(new Set(found).size).toBe(found.length);
    expect(found.sort()).toEqual(before.map(({ id }) => id).sort());
    const up = await everything('/v1.0/security/incidents?$top=4&$orderby=severity,createdDateTime desc');
    expect(new Set(up).size).toBe(up.length);
    const [{ n } = { n: 0 }] = await world.db.query<{ n: number }>('select count(*) as n from incident');
    expect(up).toHaveLength(n);
    expect((await get('/v1.0/security/alerts_v2?$skip=3&$top=2')).body.value).toHaveLength(2);
    expect((await get('/v1.0/security/alerts_v2?$skiptoken=bm9wZQ')).status).toBe(400);
    const wrong = Buffer.from(JSON.stringify(['createdAt-', ['no time', 'x']])).toString('base64url');
    expect((await get(`/v1.0/security/alerts_v2?$skiptoken=${wrong}`)).status).toBe(400);
  });

  it('are filtered to exactly the rows that SQL finds', async () => {
    await call('PATCH', `/v1.0/security/alerts_v2/${ids(await get('/v1.0/security/alerts_v2?$top=1&$skip=2'))[0]}`, {
      assignedTo: "o'hara",
      classification: 'TruePositive',
      determination: 'CompromisedUser',
      status: 'inProgress',
    });
    const at = '2026-03-10T12:00:00.050Z';
    const cases: [string, string][] = [
      ["severity eq 'high'", 'severity = 3'],
      [
        "severity eq microsoft.graph.security.alertSeverity'high' and createdDateTime ge 2026-03-10T12:00:00.050Z",
        `severity = 3 and created_at >= '${at}'`,
      ],
      ["not (severity eq 'high') or status eq 'InProgress'", "severity <> 3 or status = 'inProgress'"],
      ["severity in ('low', 'high')", 'severity in (1, 3)'],
      ["assignedTo eq 'o''hara'", "assigned_to = 'o''hara'"],
      ["assignedTo ne 'o''hara'", "assigned_to is distinct from 'o''hara'"],
      ["not (assignedTo eq 'o''hara')", "assigned_to is distinct from 'o''hara'"],
      ['assignedTo eq null', 'assigned_to is null'],
      ['classification eq null', 'classification is null'],
      ["classification eq 'unknown'", 'classification is null'],
      ["classification ne 'unknown'", 'classification is not null'],
      ["determination eq 'compromisedAccount'", "determination = 'compromisedAccount'"],
      ["serviceSource eq 'microsoftDefenderForCloud'", "service_source = 'microsoftDefenderForCloud'"],
      [`createdDateTime lt ${at} and (lastUpdateDateTime gt 2020-01-01 or severity ne 'low')`, `created_at < '${at}'`],
      ["status eq 'resolved'", "status = 'resolved'"],
    ];
    for (const [filter, where] of cases) {
      const answer = await get(`/v1.0/security/alerts_v2?$count=true&$top=1000&$filter=${encodeURIComponent(filter)}`);
      const rows = await world.db.query<{ id: string }>(
        `select id from alert where ${where} order by created_at desc, id desc`,
      );
      expect(answer.status, `${filter}: ${JSON.stringify(answer.body)}`).toBe(200);
      expect(ids(answer), filter).toEqual(rows.map(({ id }) => id));
      expect(answer.body['@odata.count'], filter).toBe(rows.length);
    }
  });

  it('refuse what they do not know, with a code, a message and an id', async () => {
    const deep = `${'('.repeat(60)}severity eq 'high'${')'.repeat(60)}`;
    const wide = Array.from({ length: 300 }, () => "severity eq 'high'").join(' or ');
    const options = [
      "$filter=title eq 'x'",
      "$filter=severity eq 'critical'",
      '$filter=severity eq 3',
      "$filter=severity gt 'low'",
      '$filter=createdDateTime ge 2026-02-31T00:00:00Z',
      "$filter=severity eq 'high",
      "$filter=severity eq 'high' and",
      '$filter=',
      "$filter=contains(assignedTo,'x')",
      "$filter=assignedTo eq 'x'; drop table alert",
      `$filter=${deep}`,
      `$filter=${wide}`,
      `$filter=assignedTo eq '${'x'.repeat(9_000)}'`,
      '$top=0',
      '$top=1001',
      '$top=many',
      '$top=5&$top=6',
      '$orderby=evidence',
      '$select=nothing',
      '$expand=evidence',
      '$search="x"',
      '$count=perhaps',
    ];
    for (const option of options) {
      const answer = await get(
        `/v1.0/security/alerts_v2?${option.split('=')[0]}=${encodeURIComponent(option.slice(option.indexOf('=') + 1))
          .replaceAll('%24top%3D', '$top=')
          .replaceAll('%26', '&')}`,
      );
      expect(answer.status, option.slice(0, 80)).toBe(400);
      expect(answer.body.error).toMatchObject({
        code: 'BadRequest',
        message: expect.any(String),
        innerError: { 'request-id': answer.headers['request-id'], date: expect.any(String) },
      });
    }
  });

  it('show members after unknownFutureValue to those who ask alone', async () => {
    const path = `/v1.0/security/alerts_v2?$top=1&$filter=${encodeURIComponent("serviceSource eq 'microsoftDefenderForCloud'")}`;
    const plain = await get(path);
    expect(plain.body.value[0].serviceSource).toBe('unknownFutureValue');
    const all = await get(path, { prefer: 'include-unknown-enum-members' });
    expect(all.body.value[0].serviceSource).toBe('microsoftDefenderForCloud');
    expect(all.headers['preference-applied']).toBe('include-unknown-enum-members');
  });

  it('answer every spelling of an address', async () => {
    const [id = ''] = ids(await get('/v1.0/security/incidents?$top=1'));
    for (const path of [
      '/V1.0/Security/Alerts_V2?$top=1',
      '/beta/security/alerts_v2/?$top=1',
      `/v1.0/security/incidents('${id}')`,
      `/v1.0/security/incidents/${id}/alerts`,
      `/v1.0/security/incidents/${id}?$expand=alerts($select=id,title)`,
      '/v1.0/security/incidents?top=1&$select=displayName&$expand=alerts',
    ])
      expect((await get(path)).status, path).toBe(200);
    const expanded = await get(`/v1.0/security/incidents/${id}?$expand=alerts($select=title)`);
    expect(Object.keys(expanded.body.alerts[0])).toEqual(['@odata.type', 'title']);
    const missing = await get('/v1.0/security/nothing');
    expect([missing.status, missing.body.error.message]).toEqual([
      404,
      "Resource not found for the segment 'nothing'.",
    ]);
    expect((await call('DELETE', `/v1.0/security/incidents/${id}`)).status).toBe(405);
    expect((await get('/v1.0/security/alerts_v2/none')).body.error.code).toBe('NotFound');
  });
});

describe('writes', () => {
  it('of alerts take the work alone and refuse everything else without a trace', async () => {
    const [id = ''] = ids(await get('/v1.0/security/alerts_v2?$top=1'));
    const path = `/v1.0/security/alerts_v2/${id}`;
    const before = await get(path);
    for (const body of [
      { status: 'redirected' },
      { severity: 'critical' },
      { title: 'x' },
      { classification: 'falsePositive', determination: 'malware' },
      { determination: 'apt' },
      { assignedTo: 5 },
      {},
      [],
      { status: 'new', nested: {} },
    ]) {
      const answer = await call('PATCH', path, body);
      expect([answer.status, answer.body.error.code], JSON.stringify(body)).toEqual([400, 'BadRequest']);
    }
    const deep = JSON.parse(`${'{"a":'.repeat(50)}1${'}'.repeat(50)}`);
    expect((await call('PATCH', path, deep)).body.error.message).toMatch(/nested/);
    const text = await world.inject({
      method: 'PATCH',
      url: path,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/xml' },
      payload: '<a/>',
    });
    expect(text.status).toBe(415);
    const broken = await world.inject({
      method: 'PATCH',
      url: path,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      payload: '{"a"',
    });
    expect([broken.status, broken.body.error.code]).toEqual([400, 'BadRequest']);
    expect((await get(path)).body).toEqual(before.body);

    const changed = await call('PATCH', path, {
      '@odata.type': '#microsoft.graph.security.alert',
      Status: 'Resolved',
      assignedTo: 'günther‮',
    });
    expect(changed.body).toMatchObject({
      id,
      status: 'resolved',
      assignedTo: 'günther‮',
      resolvedDateTime: expect.any(String),
    });
    expect((await call('PATCH', path, { assignedTo: null, status: 'new' })).body).toMatchObject({
      assignedTo: null,
      resolvedDateTime: null,
    });
    const comments = await call('POST', `${path}/comments`, {
      '@odata.type': 'microsoft.graph.security.alertComment',
      comment: 'Looked at',
    });
    expect(comments.body.value).toMatchObject([{ comment: 'Looked at', createdByDisplayName: 'app:Everything' }]);
    expect((await call('POST', `${path}/comments`, { comment: '' })).status).toBe(400);
    expect((await call('POST', `${path}/comments`, { comment: 'x'.repeat(30_001) })).status).toBe(400);
  });

  it('of two at once never lose one: the version decides, or the later one wins whole', async () => {
    const [id = ''] = ids(await get('/v1.0/security/incidents?$top=1'));
    const path = `/v1.0/security/incidents/${id}`;
    const etag = String((await get(path)).headers.etag);
    const both = await Promise.all(
      ['one', 'two'].map((name) => call('PATCH', path, { displayName: name }, { 'if-match': etag })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(both.find(({ status }) => status === 412)?.body.error.code).toBe('PreconditionFailed');
    await Promise.all([
      call('PATCH', path, { summary: 'short' }),
      call('PATCH', path, { description: 'long' }),
      call('PATCH', path, { customTags: ['a', 'b'] }),
    ]);
    expect((await get(path)).body).toMatchObject({ summary: 'short', description: 'long', customTags: ['a', 'b'] });
    expect((await call('PATCH', path, { severity: 'low' }, { 'if-match': '"never"' })).status).toBe(412);
    expect((await call('PATCH', path, { severity: 'low' }, { 'if-match': '*' })).status).toBe(200);
  });

  it('merge and move, and merged incidents name where they went', async () => {
    const list = await get('/v1.0/security/incidents?$top=4&$skip=3');
    const [a = '', b = '', c = ''] = ids(list);
    await call('PATCH', `/v1.0/security/incidents/${a}`, { assignedTo: 'ada' });
    await call('PATCH', `/v1.0/security/incidents/${b}`, { assignedTo: 'bob' });
    const merge = (incidentIds: string[], path = '/v1.0/security/incidents/mergeIncidents') =>
      call('POST', path, { incidentIds, incidentComment: 'One campaign', mergeReasons: 'sameCampaign, sameActor' });
    expect((await merge([a, b])).body.error.message).toMatch(/assignedTo/);
    expect((await merge([a])).status).toBe(400);
    expect((await merge(['1', '2', '3', '4', '5', '6'])).status).toBe(400);
    await call('PATCH', `/v1.0/security/incidents/${b}`, { assignedTo: null });
    const merged = await merge([a, b], '/v1.0/security/incidents/microsoft.graph.security.mergeIncidents');
    expect(merged.body).toMatchObject({ targetIncidentId: a });
    const source = await get(`/v1.0/security/incidents/${b}`);
    expect(source.body).toMatchObject({ status: 'redirected', redirectIncidentId: a, systemTags: ['Redirected'] });
    const refused = await call('PATCH', `/v1.0/security/incidents/${b}`, { status: 'resolved' });
    expect([refused.status, refused.body.error.message]).toEqual([400, expect.stringContaining(`incident ${a}`)]);
    const own = ids(await get(`/v1.0/security/incidents/${a}/alerts`));
    expect(own).toHaveLength(2);
    const moved = await call('POST', '/v1.0/security/alerts_v2/microsoft.graph.security.moveAlerts', {
      alertIds: [own[0]],
      incidentId: '',
      alertComment: 'Another story',
      newCorrelationReasons: 'timeFrame',
    });
    expect((await get(`/v1.0/security/incidents/${moved.body.targetIncidentId}/alerts`)).body.value).toMatchObject([
      { id: own[0], comments: [{ comment: 'Another story' }] },
    ]);
    const back = await call('POST', '/v1.0/security/alerts_v2/moveAlerts', { alertIds: [own[0]], incidentId: c });
    expect(back.body.targetIncidentId).toBe(c);
    // The incident that was left empty is resolved, and every alert is in exactly one.
    expect((await get(`/v1.0/security/incidents/${moved.body.targetIncidentId}`)).body.status).toBe('resolved');
    const sums = await world.db.query(
      `select i.id from incident i left join (select incident_id, count(*) n from alert group by 1) a on a.incident_id = i.id
       where i.total_alerts <> coalesce(a.n, 0)`,
    );
    expect(sums).toEqual([]);
    expect(
      (await call('POST', '/v1.0/security/alerts_v2/moveAlerts', { alertIds: ['none'], incidentId: c })).status,
    ).toBe(404);
  });

  it('run in batches of up to twenty, each with its own answer', async () => {
    const batch = await call('POST', '/v1.0/$batch', {
      requests: [
        { id: '1', method: 'GET', url: '/security/alerts_v2?$top=1' },
        { id: '2', method: 'GET', url: '/security/nothing' },
        { id: '3', method: 'GET', url: '/security/incidents?$top=1', dependsOn: ['2'] },
        {
          id: '4',
          method: 'PATCH',
          url: '/security/alerts_v2/none',
          body: { status: 'new' },
          headers: { 'content-type': 'application/json' },
          dependsOn: ['1'],
        },
      ],
    });
    expect(batch.body.responses.map(({ id, status }: Body) => [id, status])).toEqual([
      ['1', 200],
      ['2', 404],
      ['3', 424],
      ['4', 404],
    ]);
    expect(batch.body.responses[0].body.value).toHaveLength(1);
    const requests = (n: number) =>
      Array.from({ length: n }, (_, id) => ({ id: String(id), method: 'GET', url: '/security/alerts_v2?$top=1' }));
    expect((await call('POST', '/v1.0/$batch', { requests: requests(21) })).status).toBe(400);
    expect(
      (await call('POST', '/v1.0/$batch', { requests: [{ id: '1', method: 'GET', url: 'https://evil.example/' }] }))
        .status,
    ).toBe(400);
    expect(
      (await call('POST', '/v1.0/$batch', { requests: [{ id: '1', method: 'GET', url: '/a', dependsOn: ['1'] }] }))
        .status,
    ).toBe(400);
    expect(
      (await world.inject({ method: 'POST', url: '/v1.0/$batch', payload: { requests: requests(1) } })).status,
    ).toBe(401);
  });

  it('leave who did what in the audit log', async () => {
    const entries = await world.db.query<{ action: string }>(
      `select distinct action from audit_entry where actor = 'app:Everything' order by action`,
    );
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        'alert.comment',
        'alert.move',
        'alert.update',
        'incident.import',
        'incident.merge',
        'incident.update',
      ]),
    );
  });
});

describe('import and export', () => {
  it('repeat nothing: by the key of the call, and by the ids of the alerts', async () => {
    const line = JSON.stringify(incident(5_000));
    const dry = await call('POST', '/v1.0/security/incidents/import?dryRun=true', line);
    expect(dry.body).toMatchObject({ dryRun: true, created: 1 });
    const first = await call('POST', '/v1.0/security/incidents/import', line, { 'idempotency-key': 'k1' });
    const again = await call('POST', '/v1.0/security/incidents/import', line, { 'idempotency-key': 'k1' });
    expect(again.body).toEqual(first.body);
    expect(
      (
        await call('POST', '/v1.0/security/incidents/import', JSON.stringify(incident(5_001)), {
          'idempotency-key': 'k1',
        })
      ).status,
    ).toBe(400);
    const known = await call('POST', '/v1.0/security/incidents/import', line);
    expect(known.body).toMatchObject({
      created: 0,
      existing: 1,
      results: [{ incidentId: first.body.results[0].incidentId }],
    });
  });

  it('take good lines and name what is wrong with the others', async () => {
    const bad = [
      '{"displayName":',
      '[]',
      '{"displayName":"no alerts"}',
      JSON.stringify(
        incident(1, {}, [
          { id: 'a', title: 'x', evidence: [{ '@odata.type': '#microsoft.graph.security.imaginary' }] },
        ]),
      ),
      JSON.stringify(incident(1, {}, [{ title: 'no id' }])),
      JSON.stringify(incident(1, { severity: 'critical' })),
      JSON.stringify(
        incident(6_000, {
          status: 'resolved',
          classification: 'falsePositive',
          determination: 'notMalicious',
          customTags: ['moved'],
        }),
      ),
    ].join('\n');
    const answer = await call('POST', '/v1.0/security/incidents/import', bad);
    expect(answer.body.results.map(({ outcome }: Body) => outcome)).toEqual([
      'failed',
      'failed',
      'failed',
      'failed',
      'failed',
      'failed',
      'created',
    ]);
    const made = await get(`/v1.0/security/incidents/${answer.body.results[6].incidentId}`);
    expect(made.body).toMatchObject({ status: 'resolved', classification: 'falsePositive', customTags: ['moved'] });
  });

  it('carry all published kinds of evidence there and back', async () => {
    const kinds = EVIDENCE_TYPES;
    expect(kinds).toHaveLength(48);
    const evidence = kinds.map((kind) => ({
      '@odata.type': `#microsoft.graph.security.${kind}`,
      roles: ['contextual'],
      displayName: kind,
      remediationStatus: 'active',
    }));
    const done = await call(
      'POST',
      '/v1.0/security/incidents/import',
      JSON.stringify(incident(7_000, {}, [{ id: 'all', title: 'All kinds', evidence }])),
    );
    expect(done.body, world.logged.join()).toMatchObject({ created: 1 });
    const back = await get(`/v1.0/security/alerts_v2/${done.body.results[0].alertIds[0]}`, {
      prefer: 'include-unknown-enum-members',
    });
    expect(back.body.evidence).toMatchObject(evidence);
    const old = await get(`/v1.0/security/alerts_v2/${done.body.results[0].alertIds[0]}`);
    expect(old.body.evidence[0].remediationStatus).toBe('unknownFutureValue');
  });

  it('export every incident with its alerts, and go on where they were cut off', async () => {
    const whole = await get('/v1.0/security/incidents/export');
    const lines = String(whole.body)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const incidents = lines.filter((line) => line.id);
    const [{ n } = { n: 0 }] = await world.db.query<{ n: number }>('select count(*) as n from incident');
    expect(incidents).toHaveLength(n);
    expect(incidents.find(({ displayName }) => displayName === 'Incident 9').alerts).toHaveLength(1);
    const part = String((await get('/v1.0/security/incidents/export?limit=10')).body)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const after = part.at(-1)['@parapet.after'];
    const rest = String((await get(`/v1.0/security/incidents/export?after=${after}`)).body)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter((line) => line.id);
    expect([...part.filter((line) => line.id), ...rest].map(({ id }) => id)).toEqual(incidents.map(({ id }) => id));
    expect((await get('/v1.0/security/incidents/export?since=2999-01-01')).body).toBe('');
    expect((await get('/v1.0/security/incidents/export?after=zzz')).status).toBe(400);
    // The same as a Parquet file, read by a library of its own.
    const parquet = async (more: string) => {
      const url = `/v1.0/security/incidents/export?format=parquet${more}`;
      const answer = await world.app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${token}` } });
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/vnd.apache.parquet']);
      const { buffer, byteOffset, byteLength } = answer.rawPayload;
      const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
      return { rows: await parquetReadObjects({ file }), after: answer.headers['x-parapet-after'] };
    };
    const { rows, after: none } = await parquet('');
    expect([rows.map(({ id }) => id), none]).toEqual([incidents.map(({ id }) => id), undefined]);
    const nine = rows.find(({ displayName }) => displayName === 'Incident 9');
    const { alerts: nines, ...expected } = incidents.find(({ displayName }) => displayName === 'Incident 9');
    expect([nine?.alertCount, JSON.parse(nine?.alerts), JSON.parse(nine?.incident)]).toEqual([1, nines, expected]);
    expect(nine?.createdDateTime).toEqual(new Date(expected.createdDateTime));
    const begun = await parquet('&limit=10');
    const gone = await parquet(`&after=${String(begun.after)}`);
    expect([...begun.rows, ...gone.rows].map(({ id }) => id)).toEqual(incidents.map(({ id }) => id));
    for (const wrong of ['format=xml', 'format=parquet&limit=5001'])
      expect((await get(`/v1.0/security/incidents/export?${wrong}`)).status).toBe(400);
  });
});

describe('the published description', () => {
  const file = process.env.PARAPET_GRAPH_DESCRIPTION;

  it('of the product’s own evidence has a kind for everything it names', async () => {
    const evidence = [
      makeEntity('device', { deviceId: 'd-own', deviceName: 'pc1.contoso.example', ip: '192.0.2.1' }),
      makeEntity('user', {
        accountName: 'ana',
        accountDomain: 'CONTOSO',
        accountSid: 'S-1-5-21-1',
        accountObjectId: 'x',
      }),
      makeEntity('process', {
        deviceId: 'd-own',
        processId: 7,
        processCreationTime: '2026-03-01T08:00:00.1234567Z',
        fileName: 'a.exe',
        processCommandLine: 'a.exe -b',
        parentProcessFileName: 'p.exe',
      }),
      makeEntity('file', { fileName: 'a.exe', folderPath: 'C:\\a.exe', sha256: 'a'.repeat(64) }),
      makeEntity('ip', { ip: '203.0.113.9' }),
      makeEntity('url', { url: 'https://evil.example/' }),
      makeEntity('registry', { registryKey: 'HKEY_LOCAL_MACHINE\\Software\\Run' }),
      makeEntity('registry', {
        registryKey: 'HKEY_LOCAL_MACHINE\\Software\\Run',
        registryValueName: 'x',
        registryValueData: 'y',
      }),
      makeEntity('service', { deviceId: 'd-own', serviceName: 'svc' }),
      makeEntity('scheduledTask', { deviceId: 'd-own', taskName: 'task' }),
      makeEntity('cloudResource', {
        cloudPlatform: 'AWS',
        cloudAccountId: '111122223333',
        resourceId: 'arn:aws:s3:::bucket',
      }),
      makeEntity('cloudResource', { cloudPlatform: 'Azure', resourceId: '/subscriptions/1/resourceGroups/g' }),
      makeEntity('cloudResource', {
        cloudPlatform: 'GCP',
        resourceId: '//storage.googleapis.com/b',
        cloudAccountId: 'project',
      }),
      makeEntity('cloudAccount', { cloudPlatform: 'Azure', cloudAccountId: '0000-1' }),
      makeEntity('cloudIdentity', { cloudPlatform: 'AWS', resourceId: 'arn:aws:iam::1:user/u', accountName: 'u' }),
      makeEntity('cloudIdentity', { accountName: 'app' }),
      makeEntity('mailbox', { mailboxAddress: 'ana@contoso.example' }),
    ].flatMap((entity) => (entity ? [{ ...entity, roles: ['suspicious' as const] }] : []));
    await world.incidents.accept([
      {
        dedupeKey: 'own-1',
        ruleId: 'rule-1',
        title: 'Own alert',
        description: 'x',
        severity: 'high',
        category: 'Execution',
        techniques: ['T1059'],
        recommendedActions: 'Look',
        serviceSource: 'microsoftDefenderForEndpoint',
        detectionSource: 'antivirus',
        productName: 'Parapet',
        evidence,
        processAncestors: [],
        events: [],
        eventCount: 1,
        firstActivity: '2026-03-01T08:00:00Z',
        lastActivity: '2026-03-01T09:00:00Z',
        ruleQuery: 'DeviceEvents',
      },
    ]);
    const answer = await get('/v1.0/security/alerts_v2?$top=1');
    const alert = answer.body.value[0];
    expect(alert.title).toBe('Own alert');
    expect(alert.evidence).toHaveLength(evidence.length - 2);
    expect(alert.additionalData.otherEvidence.map(({ type }: Body) => type)).toEqual(['service', 'scheduledTask']);
  });

  it.skipIf(!file)('fits every alert, incident and evidence (PARAPET_GRAPH_DESCRIPTION names the file)', async () => {
    const { check, readDescription } = (await import('../../../scripts/check-graph-schema.mjs' as string)) as {
      readDescription(text: string): unknown;
      check(value: unknown, type: string, description: unknown): string[];
    };
    const description = readDescription(readFileSync(file ?? '', 'utf8'));
    const violations: string[] = [];
    // The one whose evidence is kinds alone, without what each kind must say, is the test's own.
    for (const path of ['/v1.0/security/alerts_v2?$top=1000', '/v1.0/security/incidents?$top=1000&$expand=alerts'])
      for (const object of (await get(path, { prefer: 'include-unknown-enum-members' })).body.value)
        if (!JSON.stringify(object).includes('All kinds'))
          violations.push(...check(object, String(object['@odata.type']).slice(1), description));
    expect([...new Set(violations.map((each) => each.replace(/\[\d+\]/g, '[]')))]).toEqual([]);
  });
});

describe('an application that is limited to roles', () => {
  it('sees, counts, changes and hears of nothing outside of them', async () => {
    const limited = await world.register('Limited', {
      applicationPermissions: [
        'SecurityAlert.ReadWrite.All',
        'SecurityIncident.ReadWrite.All',
        'SecurityData.Manage.All',
      ],
      dataAccess: 'assigned',
    });
    const own = await world.tokenOf(limited);
    const ask = (method: 'GET' | 'PATCH' | 'POST', path: string, body?: object | string) =>
      world.api(own, method, path, body);
    // No role yet: nothing at all.
    expect((await ask('GET', '/v1.0/security/alerts_v2')).status).toBe(403);
    const role = await world.portal('POST', '/api/access/assignments', {
      roleId: 'securityOperator',
      name: 'Endpoint alone',
      subjects: [{ kind: 'app', id: limited.id }],
      sources: ['endpoint'],
      scopes: [],
    });
    expect(role.status, JSON.stringify(role.body)).toBe(201);
    const everything = await get('/v1.0/security/alerts_v2?$top=1000&$count=true', {
      prefer: 'include-unknown-enum-members',
    });
    const outside = everything.body.value.find((alert: Body) => alert.serviceSource === 'microsoftDefenderForCloud');
    const list = await ask('GET', '/v1.0/security/alerts_v2?$top=1000&$count=true');
    expect(list.status).toBe(200);
    const sources = new Set(list.body.value.map(({ serviceSource }: Body) => serviceSource));
    expect([...sources]).toEqual(['microsoftDefenderForEndpoint']);
    expect(list.body['@odata.count']).toBe(list.body.value.length);
    expect(list.body['@odata.count']).toBeLessThan(everything.body['@odata.count']);
    const count = await ask(
      'GET',
      `/v1.0/security/alerts_v2?$top=1&$count=true&$filter=${encodeURIComponent("serviceSource eq 'microsoftDefenderForCloud'")}`,
    );
    expect(count.body).toMatchObject({ '@odata.count': 0, value: [] });
    for (const answer of [
      await ask('GET', `/v1.0/security/alerts_v2/${outside.id}`),
      await ask('PATCH', `/v1.0/security/alerts_v2/${outside.id}`, { status: 'resolved' }),
      await ask('POST', `/v1.0/security/alerts_v2/${outside.id}/comments`, { comment: 'x' }),
      await ask('GET', `/v1.0/security/incidents/${outside.incidentId}`),
      await ask('GET', `/v1.0/security/incidents/${outside.incidentId}/alerts`),
      await ask('POST', '/v1.0/security/alerts_v2/moveAlerts', { alertIds: [outside.id] }),
      await ask('POST', '/v1.0/security/incidents/mergeIncidents', {
        incidentIds: [outside.incidentId, list.body.value[0].incidentId],
      }),
    ])
      expect([answer.status, answer.body.error.code], JSON.stringify(answer.body)).toEqual([404, 'NotFound']);
    const exported = String((await ask('GET', '/v1.0/security/incidents/export')).body);
    expect(exported).not.toContain(outside.id);
    const imported = await ask('POST', '/v1.0/security/incidents/import', JSON.stringify(incident(9_000)));
    expect(imported.body.results[0]).toMatchObject({ outcome: 'failed', error: { code: 'Forbidden' } });
    const inside = list.body.value[0].id;
    const etag = String((await ask('GET', `/v1.0/security/alerts_v2/${inside}`)).headers.etag);
    const changed = await world.api(
      own,
      'PATCH',
      `/v1.0/security/alerts_v2/${inside}`,
      { status: 'inProgress' },
      { 'if-match': etag },
    );
    expect(changed.status).toBe(200);
  });
});
