import { expect, test } from 'vitest';
import {
  type ApiDocument,
  curlOf,
  exampleOf,
  fill,
  matching,
  operationAt,
  operationsOf,
  typeName,
  unfilled,
} from '../src/pages/api/model.ts';

const answer = (schema: object) => ({ '200': { content: { 'application/json': { schema } } } });
const document = {
  info: { version: '1', description: '' },
  paths: {
    '/api/things': {
      get: {
        summary: 'Read things',
        tags: ['Things'],
        responses: answer({ $ref: '#/components/schemas/Thing' }),
        security: [{ session: [] }, { key: [] }],
      },
    },
    '/api/things/{id}': {
      get: {
        summary: 'Read one',
        tags: ['Things'],
        responses: answer({}),
        security: [{ session: [] }],
        'x-permission': 'SecData.Read',
      },
    },
    '/api/things/counts': { get: { summary: 'Count', tags: ['Things'], responses: answer({}), security: [{}] } },
  },
  components: {
    schemas: {
      Thing: {
        type: 'object',
        required: ['name', 'next'],
        properties: {
          name: { type: 'string' },
          next: { $ref: '#/components/schemas/Thing' },
          note: { type: 'string' },
        },
      },
    },
  },
} as unknown as ApiDocument;
const operations = operationsOf(document);

test('operations say what they need', () => {
  expect(operations.map(({ id, keys, open, permission }) => ({ id, keys, open, permission }))).toEqual([
    { id: 'GET /api/things', keys: true, open: false, permission: undefined },
    { id: 'GET /api/things/{id}', keys: false, open: false, permission: 'SecData.Read' },
    { id: 'GET /api/things/counts', keys: false, open: true, permission: undefined },
  ]);
  expect(matching(operations, 'secdata one').map((one) => one.path)).toEqual(['/api/things/{id}']);
});

test('an address finds its operation, written segments before parameters', () => {
  expect(operationAt(operations, 'GET', '/api/things/counts?x=1')?.summary).toBe('Count');
  expect(operationAt(operations, 'GET', '/api/things/42')?.summary).toBe('Read one');
  expect(operationAt(operations, 'DELETE', '/api/things/42')).toBeUndefined();
});

test('an example of a type that contains itself ends', () => {
  const example = exampleOf({ $ref: '#/components/schemas/Thing' }, document) as { name: string; next: object };
  expect(example.name).toBe('');
  expect(JSON.stringify(example).length).toBeLessThan(1000);
  expect(typeName({ type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } }, document)).toBe(
    '(string | null)[]',
  );
});

test('a command keeps quotes and secrets apart', () => {
  const text = curlOf({ method: 'POST', path: "/api/x?q=it's", body: `{"a":"'$(id)"}` }, 'https://soc.example', true);
  expect(text).toBe(
    [
      `curl -X POST 'https://soc.example/api/x?q=it'\\''s' \\`,
      '  -H "Authorization: Bearer $PARAPET_KEY" \\',
      `  -H 'Content-Type: application/json' \\`,
      `  --data-raw '{"a":"'\\''$(id)"}'`,
    ].join('\n'),
  );
});

test('what is not filled stays to be filled', () => {
  expect(fill('/api/x/{id}/{part}', { id: 'a/b' })).toBe('/api/x/a%2Fb/{part}');
  expect(unfilled('/api/x/{id}/{part}?q={not}')).toEqual(['id', 'part', 'not']);
});
