import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Version the banner names: shippers of the 7 and 8 series both accept it. */
export const ELASTIC_VERSION = '8.17.0';

export function banner(): Record<string, unknown> {
  return {
    name: 'parapet',
    cluster_name: 'parapet',
    cluster_uuid: 'parapet0000000000000000',
    version: {
      number: ELASTIC_VERSION,
      build_flavor: 'default',
      build_type: 'tar',
      build_hash: '0000000000000000000000000000000000000000',
      build_date: '2024-12-11T00:00:00.000000000Z',
      build_snapshot: false,
      lucene_version: '9.12.0',
      minimum_wire_compatibility_version: '7.17.0',
      minimum_index_compatibility_version: '7.0.0',
    },
    tagline: 'You Know, for Search',
  };
}

const LICENSE = {
  license: {
    status: 'active',
    uid: '00000000-0000-0000-0000-000000000000',
    type: 'basic',
    mode: 'basic',
    issue_date: '2024-01-01T00:00:00.000Z',
    issue_date_in_millis: 1_704_067_200_000,
    max_nodes: 1000,
    issued_to: 'parapet',
    issuer: 'parapet',
    start_date_in_millis: -1,
  },
};

type NamedAnswer = (name: string) => unknown;

/**
 * Set-up calls of shippers. Parapet needs no templates or life-cycle policies, so every object they ask for exists
 * and every object they bring is acknowledged and forgotten.
 */
const NAMED: readonly { readonly path: string; readonly answer: NamedAnswer }[] = [
  {
    path: '/_ilm/policy/:name',
    answer: (name) => ({ [name]: { version: 1, policy: { phases: { hot: { min_age: '0ms', actions: {} } } } } }),
  },
  {
    path: '/_index_template/:name',
    answer: (name) => ({
      index_templates: [{ name, index_template: { index_patterns: [`${name}*`], composed_of: [], data_stream: {} } }],
    }),
  },
  {
    path: '/_template/:name',
    answer: (name) => ({ [name]: { order: 0, index_patterns: [`${name}*`], settings: {}, mappings: {}, aliases: {} } }),
  },
  {
    path: '/_component_template/:name',
    answer: (name) => ({ component_templates: [{ name, component_template: { template: {} } }] }),
  },
  {
    path: '/_data_stream/:name',
    answer: (name) => ({
      data_streams: [
        { name, timestamp_field: { name: '@timestamp' }, indices: [], generation: 1, status: 'GREEN', template: name },
      ],
    }),
  },
  { path: '/_ingest/pipeline/:name', answer: (name) => ({ [name]: { processors: [] } }) },
  {
    path: '/_alias/:name',
    answer: (name) => ({ [`${name}-000001`]: { aliases: { [name]: { is_write_index: true } } } }),
  },
  {
    path: '/:index/_alias/:name',
    answer: (name) => ({ [`${name}-000001`]: { aliases: { [name]: { is_write_index: true } } } }),
  },
];

/** Register the set-up surface on an encapsulated scope. */
export function registerPolite(scope: FastifyInstance): void {
  const config = { public: true } as const;
  const fixed = (path: string, answer: () => unknown): void => {
    scope.route({ method: ['GET', 'HEAD'], url: path, config, handler: async () => answer() });
  };
  fixed('/_license', () => LICENSE);
  fixed('/_xpack', () => ({
    build: { hash: '0', date: '2024-12-11T00:00:00.000Z' },
    license: { uid: LICENSE.license.uid, type: 'basic', mode: 'basic', status: 'active' },
    features: { ilm: { available: true, enabled: true }, data_streams: { available: true, enabled: true } },
  }));
  const health = (): unknown => ({
    cluster_name: 'parapet',
    status: 'green',
    timed_out: false,
    number_of_nodes: 1,
    number_of_data_nodes: 1,
    active_primary_shards: 1,
    active_shards: 1,
    relocating_shards: 0,
    initializing_shards: 0,
    unassigned_shards: 0,
    active_shards_percent_as_number: 100,
  });
  fixed('/_cluster/health', health);
  fixed('/_cluster/health/:index', health);
  fixed('/_nodes/http', () => ({ _nodes: { total: 0, successful: 0, failed: 0 }, cluster_name: 'parapet', nodes: {} }));
  fixed('/_nodes/_all/http', () => ({
    _nodes: { total: 0, successful: 0, failed: 0 },
    cluster_name: 'parapet',
    nodes: {},
  }));
  fixed('/_cluster/settings', () => ({ persistent: {}, transient: {} }));
  fixed('/_security/_authenticate', () => ({
    username: 'sender',
    roles: [],
    enabled: true,
    authentication_type: 'api_key',
  }));
  const shards = async (): Promise<unknown> => ({ _shards: { total: 1, successful: 1, failed: 0 } });
  for (const path of ['/_refresh', '/:index/_refresh', '/_flush', '/:index/_flush'])
    scope.route({ method: ['GET', 'POST'], url: path, config, handler: shards });
  for (const path of ['/:index/_mapping', '/:index/_settings', '/_cluster/settings'])
    scope.route({ method: 'PUT', url: path, config, handler: acknowledge });
  fixed('/_nodes', () => ({ _nodes: { total: 0, successful: 0, failed: 0 }, cluster_name: 'parapet', nodes: {} }));
  for (const { path, answer } of NAMED) {
    const named = async (request: FastifyRequest): Promise<unknown> =>
      answer((request.params as { name: string }).name);
    scope.route({ method: ['GET', 'HEAD'], url: path, config, handler: named });
    scope.route({ method: ['PUT', 'POST'], url: path, config, handler: acknowledge });
  }
  // Shippers of the 7 series create their first index behind a write alias.
  scope.route({
    method: 'PUT',
    url: '/:index',
    config,
    handler: async (request) => ({
      acknowledged: true,
      shards_acknowledged: true,
      index: (request.params as { index: string }).index,
    }),
  });
}

async function acknowledge(_request: FastifyRequest, _reply: FastifyReply): Promise<unknown> {
  return { acknowledged: true };
}
