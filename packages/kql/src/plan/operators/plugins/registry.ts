import { ACTIVITY_PLUGINS } from './activity.ts';
import type { Plugin } from './call.ts';
import { COHORT_PLUGINS } from './cohort.ts';
import { FUNNEL_PLUGINS } from './funnel.ts';
import { GEO_LOOKUP_PLUGINS } from './geo-lookup.ts';
import { LOOKUP_PLUGINS } from './lookup.ts';
import { PATTERN_PLUGINS } from './patterns.ts';
import { ROW_PLUGINS } from './rows.ts';
import { SHAPE_PLUGINS } from './shape.ts';
import { UNPACK_PLUGINS } from './unpack.ts';

const outside = (what: string): string =>
  `${what} is not possible here: a query reads this store only, and runs no code and opens no connection of its own.`;

/** Plugins that will not be supported, with the reason a reader gets. */
const REFUSED: Readonly<Record<string, string>> = {
  python: outside('Running Python'),
  r: outside('Running R'),
  csharp: outside('Running C#'),
  http_request: outside('Requesting a web address'),
  http_request_post: outside('Requesting a web address'),
  sql_request: outside('Asking another database'),
  mysql_request: outside('Asking another database'),
  postgresql_request: outside('Asking another database'),
  cosmosdb_sql_request: outside('Asking another database'),
  dax_request: outside('Asking another database'),
  azure_digital_twins_query_request: outside('Asking another service'),
  ai_embed_text: outside('Asking a language model'),
  ai_embeddings: outside('Asking a language model'),
  ai_chat_completion: outside('Asking a language model'),
  ai_chat_completion_prompt: outside('Asking a language model'),
  infer_storage_schema: outside('Reading files in outside storage'),
  infer_storage_schema_with_suggestions: outside('Reading files in outside storage'),
  external_datatable: outside('Reading an outside table'),
  execute_query: outside('Asking another cluster'),
  execute_show_command: outside('Running a management command'),
};

/** All plugins by name. */
export const PLUGINS: Readonly<Record<string, Plugin>> = {
  ...UNPACK_PLUGINS,
  ...SHAPE_PLUGINS,
  ...ROW_PLUGINS,
  ...LOOKUP_PLUGINS,
  ...GEO_LOOKUP_PLUGINS,
  ...ACTIVITY_PLUGINS,
  ...COHORT_PLUGINS,
  ...PATTERN_PLUGINS,
  ...FUNNEL_PLUGINS,
};

/** A plugin by name; a text is the reason why it is refused. */
export function pluginOf(name: string): Plugin | string | undefined {
  if (Object.hasOwn(PLUGINS, name)) return PLUGINS[name];
  return Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
}

export function pluginNames(): string[] {
  return Object.keys(PLUGINS);
}
