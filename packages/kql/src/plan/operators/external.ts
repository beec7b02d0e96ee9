/** `externaldata`: rows that the caller fetches. Off unless the caller allows the host. */
import { child, list, must, nameOf, textOf } from '../../bind/syntax.ts';
import { EXTERNAL_FORMATS, hostAllowed } from '../../external.ts';
import type { KNode } from '../../kusto-api.ts';
import type { ExternalTable } from '../../types.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Expr, Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import type { Scope } from '../scope.ts';
import { rowSchema } from './sources.ts';

function address(node: KNode, scope: Scope, planner: Planner): URL {
  const e = planExpression(node, { env: scope.env }, planner);
  if (e.op !== 'literal' || e.type !== 'string')
    throw new PlanError(node, 'KQL0074', 'The address of externaldata is a constant text.', '["https://host/path"]');
  // What follows a semicolon is a key for a storage account: of no use here.
  const text = String(e.value).trim().split(';')[0]!;
  try {
    const url = new URL(text);
    if (url.protocol === 'https:' || url.protocol === 'http:') return url;
  } catch {
    // Said below.
  }
  throw new PlanError(node, 'KQL0074', `'${text.slice(0, 80)}' is not a web address.`, 'https://host/path');
}

function formatOf(urls: readonly URL[], given: string | undefined, node: KNode): string {
  const extension = /\.([a-z]+)(\.(gz|zip))?$/i.exec(urls[0]?.pathname ?? '')?.[1]?.toLowerCase() ?? '';
  const format = given?.toLowerCase() ?? (EXTERNAL_FORMATS.includes(extension) ? extension : 'csv');
  if (EXTERNAL_FORMATS.includes(format)) return format;
  throw new PlanError(node, 'KQL0074', `externaldata cannot read the format '${format}'.`, EXTERNAL_FORMATS.join(', '));
}

/** Plans `externaldata(…)[…] with (…)`. */
export function externalData(n: KNode, scope: Scope, planner: Planner): Rel {
  const access = planner.context.externalAccess;
  if (!access)
    throw new PlanError(
      n.GetChild(0) ?? n,
      'KQL0070',
      'externaldata is turned off: an administrator allows hosts in the setting external-data-hosts.',
      'datatable',
    );
  const columns = rowSchema(must(n, 'Schema'), planner);
  const urlNodes = list(n, 'URIs');
  const urls = urlNodes.map((u) => address(u, scope, planner));
  urls.forEach((u, i) => {
    if (!hostAllowed(u.hostname, access))
      throw new PlanError(
        urlNodes[i]!,
        'KQL0070',
        `externaldata may not read from ${u.hostname}: it is not in the setting external-data-hosts.`,
        'datatable',
      );
  });
  const clause = child(n, 'WithClause');
  const properties = new Map(
    (clause ? list(clause, 'Properties') : []).map((p) => {
      const value = must(p, 'Expression');
      const text =
        value.LiteralValue === undefined || value.LiteralValue === null ? textOf(value) : String(value.LiteralValue);
      return [nameOf(must(p, 'Name')).toLowerCase(), text];
    }),
  );
  const mapping = properties.get('ingestionmapping');
  const table: ExternalTable = {
    param: `external_${planner.context.external.length + 1}`,
    urls: urls.map(String),
    format: formatOf(urls, properties.get('format'), clause ?? n),
    ignoreFirstRecord: /^true$/i.test(properties.get('ignorefirstrecord') ?? ''),
    ...(mapping ? { mapping } : {}),
    columns: columns.map(({ name, type }) => ({ name, type })),
  };
  planner.context.external.push(table);
  planner.context.rowWise = false;
  const texts = columns.map((c) => planner.context.column(c.name, 'string'));
  const raw: Rel = { op: 'external', param: table.param, columns: texts };
  const typed = (i: number): Expr => {
    const text: Expr = { op: 'column', id: texts[i]!.id, type: 'string' };
    const { type } = columns[i]!;
    return type === 'dynamic' ? { op: 'call', fn: 'parse_json', args: [text], type } : cast(text, type);
  };
  return planner.select(
    raw,
    columns.map((c, i) => ({ name: c.name, expr: typed(i) })),
  );
}
