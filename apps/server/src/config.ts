import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ParapetError } from '@parapet/schema';
import { parse as parseYaml } from 'yaml';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Everything an operator may set. The table in docs/configuration.md is generated from `SETTINGS`. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  readonly logFormat: 'pretty' | 'json';
  /** Load the sample environment once the server is up and nothing has been ingested yet. */
  readonly sample: boolean;
  /** Allow plain HTTP on an address that is not loopback. */
  readonly allowInsecureHttp: boolean;
  /** PEM file of the certificate; with it and `tlsKey` the server speaks HTTPS alone. Empty: plain HTTP. */
  readonly tlsCert: string;
  /** PEM file of the certificate's private key. */
  readonly tlsKey: string;
  /** Serve with a certificate of our own, made at the first start. */
  readonly tlsSelfSigned: boolean;
  /** Addresses and networks of proxies whose forwarded headers are believed, separated by commas. */
  readonly trustedProxies: string;
  /** Addresses portal users reach it under, `https://soc.example`; empty when they use the server's own. Set it behind a TLS proxy. */
  readonly publicUrl: string;
  /** Largest `_bulk` body after decompression, in bytes. */
  readonly maxBulkBytes: number;
  /** Disk the ingest buffer may use, in bytes; beyond it senders are told to slow down. */
  readonly bufferBytes: number;
  /** Memory the telemetry engine may use, in bytes. */
  readonly engineMemoryBytes: number;
  /** Path of a GeoIP database in MaxMind's format; empty for none. */
  readonly geoipDatabase: string;
  /** Path of the rules about who sees which telemetry; empty when everybody who may hunt sees all. */
  readonly dataScopes: string;
  /** Folder of query files that is kept in step with a repository; empty for none. */
  readonly queryFolder: string;
  /** HTTP address of a ClickHouse cluster; empty for the embedded engine. */
  readonly clickhouseUrl: string;
  readonly clickhouseUser: string;
  readonly clickhousePassword: string;
  /** Name of the cluster in the servers' configuration. */
  readonly clickhouseCluster: string;
  /** The server's user_files folder as this process sees it. */
  readonly clickhouseFiles: string;
  /** Number of this ingest node; every node of a cluster has its own. */
  readonly node: number;
  /** Queries one person or key may send through the query endpoint in a minute. */
  readonly apiCallsPerMinute: number;
  /** Requests one person or key may make in a minute; addresses of strangers half of it. 0: no limit. */
  readonly requestsPerMinute: number;
  /** Largest file of one watchlist upload, in bytes. */
  readonly watchlistUploadBytes: number;
  /** Hosts that `externaldata` may read, separated by commas; empty refuses it. */
  readonly externalDataHosts: string;
  /** Allow listed hosts to be on internal addresses. */
  readonly externalDataInternal: boolean;
}

interface Setting {
  readonly key: keyof Config;
  readonly flag: string;
  readonly env: string;
  readonly kind: 'text' | 'number' | 'switch';
  readonly fallback: string;
  readonly about: string;
}

export const SETTINGS: readonly Setting[] = [
  {
    key: 'host',
    flag: 'host',
    env: 'PARAPET_HOST',
    kind: 'text',
    fallback: '127.0.0.1',
    about: 'Address to listen on.',
  },
  {
    key: 'port',
    flag: 'port',
    env: 'PARAPET_PORT',
    kind: 'number',
    fallback: '8080',
    about: 'Port to listen on; 0 picks a free one.',
  },
  {
    key: 'dataDir',
    flag: 'data',
    env: 'PARAPET_DATA_DIR',
    kind: 'text',
    fallback: '.parapet',
    about: 'Folder for telemetry, state and the ingest buffer.',
  },
  {
    key: 'logLevel',
    flag: 'log-level',
    env: 'PARAPET_LOG_LEVEL',
    kind: 'text',
    fallback: 'info',
    about: `One of ${LOG_LEVELS.join(', ')}.`,
  },
  {
    key: 'logFormat',
    flag: 'log-format',
    env: 'PARAPET_LOG_FORMAT',
    kind: 'text',
    fallback: 'pretty',
    about: '`pretty` for people, `json` for a log collector. Without a terminal the default is `json`.',
  },
  {
    key: 'sample',
    flag: 'sample',
    env: 'PARAPET_SAMPLE',
    kind: 'switch',
    fallback: 'false',
    about: 'Load the sample environment when nothing was ingested yet.',
  },
  {
    key: 'allowInsecureHttp',
    flag: 'allow-insecure-http',
    env: 'PARAPET_ALLOW_INSECURE_HTTP',
    kind: 'switch',
    fallback: 'false',
    about: 'Accept plain HTTP on an address that is not loopback. Put a TLS proxy in front instead where you can.',
  },
  {
    key: 'tlsCert',
    flag: 'tls-cert',
    env: 'PARAPET_TLS_CERT',
    kind: 'text',
    fallback: '',
    about:
      'PEM file with the certificate and those between it and the root. With it and `--tls-key` everything is served over HTTPS; renewed files are used without a restart.',
  },
  {
    key: 'tlsKey',
    flag: 'tls-key',
    env: 'PARAPET_TLS_KEY',
    kind: 'text',
    fallback: '',
    about: 'PEM file with the private key of `--tls-cert`, without a passphrase.',
  },
  {
    key: 'tlsSelfSigned',
    flag: 'tls-self-signed',
    env: 'PARAPET_TLS_SELF_SIGNED',
    kind: 'switch',
    fallback: 'false',
    about:
      'Serve over HTTPS with a certificate of our own, made at the first start and kept in the data folder. Browsers warn once; the start shows its fingerprint to compare.',
  },
  {
    key: 'trustedProxies',
    flag: 'trusted-proxies',
    env: 'PARAPET_TRUSTED_PROXIES',
    kind: 'text',
    fallback: '',
    about:
      'Addresses or networks (10.0.0.5, 10.1.0.0/16) of the proxies whose X-Forwarded-For, -Proto and -Host are believed, separated by commas. Empty: one on this machine when `--public-url` is set, else none.',
  },
  {
    key: 'publicUrl',
    flag: 'public-url',
    env: 'PARAPET_PUBLIC_URL',
    kind: 'text',
    fallback: '',
    about:
      'Address people use when a TLS proxy on this machine stands in front, for example https://soc.example. Its forwarded headers are then believed.',
  },
  {
    key: 'maxBulkBytes',
    flag: 'max-bulk-bytes',
    env: 'PARAPET_MAX_BULK_BYTES',
    kind: 'number',
    fallback: String(100 * 2 ** 20),
    about: 'Largest `_bulk` body after decompression, in bytes.',
  },
  {
    key: 'bufferBytes',
    flag: 'buffer-bytes',
    env: 'PARAPET_BUFFER_BYTES',
    kind: 'number',
    fallback: String(4 * 2 ** 30),
    about: 'Disk the ingest buffer may use, in bytes. When it is full senders get 429.',
  },
  {
    key: 'engineMemoryBytes',
    flag: 'engine-memory-bytes',
    env: 'PARAPET_ENGINE_MEMORY_BYTES',
    kind: 'number',
    fallback: String(8 * 2 ** 30),
    about: 'Memory the telemetry engine may use, in bytes.',
  },
  {
    key: 'clickhouseUrl',
    flag: 'clickhouse-url',
    env: 'PARAPET_CLICKHOUSE_URL',
    kind: 'text',
    fallback: '',
    about: 'HTTP address of a ClickHouse cluster, for example https://ch.example:8443. Empty: the embedded engine.',
  },
  {
    key: 'clickhouseUser',
    flag: 'clickhouse-user',
    env: 'PARAPET_CLICKHOUSE_USER',
    kind: 'text',
    fallback: 'default',
    about: 'User of the cluster. It needs DDL and KILL QUERY; limits and readonly are sent with each query.',
  },
  {
    key: 'clickhousePassword',
    flag: 'clickhouse-password',
    env: 'PARAPET_CLICKHOUSE_PASSWORD',
    kind: 'text',
    fallback: '',
    about: 'Password of that user. Use the environment: a flag can be seen by everybody on the machine.',
  },
  {
    key: 'clickhouseCluster',
    flag: 'clickhouse-cluster',
    env: 'PARAPET_CLICKHOUSE_CLUSTER',
    kind: 'text',
    fallback: 'parapet',
    about: 'Name of the cluster in the remote_servers of its servers.',
  },
  {
    key: 'clickhouseFiles',
    flag: 'clickhouse-files',
    env: 'PARAPET_CLICKHOUSE_FILES',
    kind: 'text',
    fallback: '/var/lib/clickhouse/user_files',
    about: 'The user_files folder of the ClickHouse server beside this node; batches are handed over there.',
  },
  {
    key: 'node',
    flag: 'node',
    env: 'PARAPET_NODE',
    kind: 'number',
    fallback: '0',
    about: 'Number of this ingest node, 0 to 8191. Every node of one cluster has its own, for good.',
  },
  {
    key: 'geoipDatabase',
    flag: 'geoip-database',
    env: 'PARAPET_GEOIP_DATABASE',
    kind: 'text',
    fallback: '',
    about:
      "File with the places of addresses in MaxMind's format, for example GeoLite2-City.mmdb; none comes with Parapet. Queries that ask for places say its date.",
  },
  {
    key: 'dataScopes',
    flag: 'data-scopes',
    env: 'PARAPET_DATA_SCOPES',
    kind: 'text',
    fallback: '',
    about:
      'Path of a JSON file that says who sees which tables, columns and rows; see docs/how-to/limit-what-people-see.md.',
  },
  {
    key: 'queryFolder',
    flag: 'query-folder',
    env: 'PARAPET_QUERY_FOLDER',
    kind: 'text',
    fallback: '',
    about:
      'Folder of .kql files shown to everyone who hunts, read-only, with its subfolders; a clone of a repository that is pulled regularly, for example.',
  },
  {
    key: 'apiCallsPerMinute',
    flag: 'api-calls-per-minute',
    env: 'PARAPET_API_CALLS_PER_MINUTE',
    kind: 'number',
    fallback: '45',
    about: 'Queries one person or key may send through the query endpoint in a minute.',
  },
  {
    key: 'requestsPerMinute',
    flag: 'requests-per-minute',
    env: 'PARAPET_REQUESTS_PER_MINUTE',
    kind: 'number',
    fallback: '1200',
    about:
      'Requests to the API one person or key may make in a minute, and half as many one address without a session. Beyond it the answer is 429. 0 sets no limit.',
  },
  {
    key: 'watchlistUploadBytes',
    flag: 'watchlist-upload-bytes',
    env: 'PARAPET_WATCHLIST_UPLOAD_BYTES',
    kind: 'number',
    fallback: String(500 * 2 ** 20),
    about: 'Largest file of one watchlist upload, in bytes.',
  },
  {
    key: 'externalDataHosts',
    flag: 'external-data-hosts',
    env: 'PARAPET_EXTERNAL_DATA_HOSTS',
    kind: 'text',
    fallback: '',
    about:
      'Hosts that `externaldata` in queries may read, separated by commas; `*.example.org` stands for every host below one. Empty: queries read nothing from outside.',
  },
  {
    key: 'externalDataInternal',
    flag: 'external-data-internal',
    env: 'PARAPET_EXTERNAL_DATA_INTERNAL',
    kind: 'switch',
    fallback: 'false',
    about:
      'Let `externaldata` reach hosts of that list at internal addresses too (loopback, private and link-local networks).',
  },
];

const bad = (message: string, hint: string): ParapetError => new ParapetError('bad_configuration', 400, message, hint);

function readFile(path: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = parseYaml(readFileSync(path, 'utf8'));
  } catch (error) {
    throw bad(
      `The configuration file ${path} could not be read: ${error instanceof Error ? error.message : String(error)}`,
      'Write it as YAML, one setting a line.',
    );
  }
  if (parsed === null || parsed === undefined) return {};
  if (typeof parsed !== 'object' || Array.isArray(parsed))
    throw bad(`The configuration file ${path} must be a list of settings.`, 'For example: port: 9000');
  const known = new Set(SETTINGS.map((setting) => setting.flag));
  for (const name of Object.keys(parsed)) {
    if (!known.has(name))
      throw bad(
        `The configuration file ${path} has an unknown setting: ${name}.`,
        `Known settings: ${[...known].join(', ')}.`,
      );
  }
  return parsed as Record<string, unknown>;
}

function convert(setting: Setting, value: unknown, origin: string): string | number | boolean {
  const text = String(value).trim();
  if (setting.kind === 'number') {
    const number = Number(text);
    if (!Number.isInteger(number) || number < 0 || text === '')
      throw bad(`${origin} must be a whole number, not "${text}".`, setting.about);
    return number;
  }
  if (setting.kind === 'switch') {
    if (/^(true|1|yes|on|)$/i.test(text)) return true;
    if (/^(false|0|no|off)$/i.test(text)) return false;
    throw bad(`${origin} must be true or false, not "${text}".`, setting.about);
  }
  return text;
}

/** An address, or a network with its length. */
function isAddress(text: string): boolean {
  const [address = '', length, more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128));
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);

/**
 * Read the configuration. A flag beats the environment, the environment beats the file, the file beats the default.
 * The file is `--config <path>` or PARAPET_CONFIG; without either `parapet.yaml` in the current folder when it exists.
 * @throws ParapetError `bad_configuration` naming the setting and where it came from
 */
export function loadConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd = process.cwd(),
): Config {
  const options = Object.fromEntries(
    SETTINGS.map((setting) => [
      setting.flag,
      { type: setting.kind === 'switch' ? 'boolean' : 'string' } as { type: 'boolean' | 'string' },
    ]),
  );
  let flags: Record<string, unknown>;
  try {
    flags = parseArgs({ args: [...argv], options: { ...options, config: { type: 'string' } }, strict: true }).values;
  } catch (error) {
    throw bad(
      error instanceof Error ? error.message : String(error),
      `Flags: ${SETTINGS.map((setting) => `--${setting.flag}`).join(', ')}, --config.`,
    );
  }
  const named = (flags.config as string | undefined) ?? env.PARAPET_CONFIG;
  if (named && !existsSync(resolve(cwd, named)))
    throw bad(`There is no configuration file ${named}.`, 'Check --config or PARAPET_CONFIG.');
  const path = resolve(cwd, named ?? 'parapet.yaml');
  const file = existsSync(path) ? readFile(path) : {};
  const values: Record<string, unknown> = {};
  for (const setting of SETTINGS) {
    const [value, origin] =
      flags[setting.flag] !== undefined
        ? [flags[setting.flag], `--${setting.flag}`]
        : env[setting.env] !== undefined
          ? [env[setting.env], setting.env]
          : file[setting.flag] !== undefined
            ? [file[setting.flag], `${setting.flag} in ${path}`]
            : [
                setting.key === 'logFormat' && !process.stdout.isTTY ? 'json' : setting.fallback,
                `the default of ${setting.flag}`,
              ];
    values[setting.key] = convert(setting, value, String(origin));
  }
  const absolute = (value: unknown): string => (value ? resolve(cwd, String(value)) : '');
  const config = {
    ...values,
    dataDir: resolve(cwd, String(values.dataDir)),
    tlsCert: absolute(values.tlsCert),
    tlsKey: absolute(values.tlsKey),
  } as unknown as Config;
  if ((config.tlsCert === '') !== (config.tlsKey === ''))
    throw bad('tls-cert and tls-key belong together; one of them is missing.', 'Give both files, or neither.');
  if (config.tlsSelfSigned && config.tlsCert !== '')
    throw bad('tls-self-signed and tls-cert exclude each other.', 'Give the files of a certificate, or have one made.');
  const proxy = config.trustedProxies.split(/[\s,]+/).find((text) => text !== '' && !isAddress(text));
  if (proxy !== undefined)
    throw bad(
      `trusted-proxies must be addresses or networks, not "${proxy}".`,
      'For example: --trusted-proxies 10.0.0.5,10.1.0.0/16',
    );
  if (!LOG_LEVELS.includes(config.logLevel))
    throw bad(
      `log-level must be one of ${LOG_LEVELS.join(', ')}, not "${config.logLevel}".`,
      'For example: --log-level warn',
    );
  if (config.logFormat !== 'pretty' && config.logFormat !== 'json')
    throw bad(`log-format must be pretty or json, not "${config.logFormat}".`, 'For example: --log-format json');
  if (config.publicUrl && !/^https?:\/\/[^/\s]+$/.test(config.publicUrl)) {
    throw bad(
      `public-url must be an address without a path, not "${config.publicUrl}".`,
      'For example: --public-url https://soc.example',
    );
  }
  if (config.port > 65_535) throw bad(`port must be at most 65535, not ${config.port}.`, 'For example: --port 8080');
  if (!isLoopback(config.host) && !config.allowInsecureHttp && config.tlsCert === '' && !config.tlsSelfSigned) {
    throw bad(
      `Listening on ${config.host} would send passwords and telemetry over the network unencrypted.`,
      'Give --tls-cert and --tls-key or --tls-self-signed, keep the loopback address and put a TLS proxy in front, or add --allow-insecure-http if you accept the risk.',
    );
  }
  return config;
}
