import { ParapetError } from '@parapet/schema';
import type { QueryLimits } from './types.ts';

/** What a failure of the engine means to whoever asked. Codes are ClickHouse's (src/Common/ErrorCodes.cpp). */
interface Meaning {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly hint?: string;
}

const NARROW = 'Narrow the time range, filter earlier in the query, or summarize.';

const VALUES: Meaning = {
  code: 'query_value',
  status: 400,
  message: 'A value in the data does not fit what the query does with it.',
  hint: 'Convert with the to…() functions, which give null for what does not fit, or filter such rows out first.',
};
const TOO_LARGE_VALUE: Meaning = {
  code: 'query_value_size',
  status: 413,
  message: 'One value of the query, a list or a text, grows larger than a value may be.',
  hint: 'Make less of it: a smaller range, make_set and make_list with a limit, or a filter before them.',
};
const TOO_COMPLEX: Meaning = {
  code: 'query_too_complex',
  status: 400,
  message: 'The query is nested more deeply, or is longer, than the engine can take.',
  hint: 'Split it, or replace long chains of conditions by in (…) or a join with a list.',
};
const REGEX: Meaning = {
  code: 'query_regex',
  status: 400,
  message: 'A regular expression of the query cannot be used.',
  hint: 'Expressions follow RE2: no look-around and no back-references, and no more than a few megabytes when compiled.',
};
const STORAGE: Meaning = {
  code: 'store_unreadable',
  status: 503,
  message: 'Stored telemetry could not be read.',
  hint: 'Ask whoever runs Parapet to look at the disk and at the log.',
};
const BUSY: Meaning = {
  code: 'engine_busy',
  status: 503,
  message: 'The telemetry engine has more to do than it can take at the moment.',
  hint: 'Try again in a few seconds.',
};
const HELPER: Meaning = {
  code: 'query_helper',
  status: 500,
  message: 'A function that runs beside the engine stopped before it was done.',
  hint: 'Give it fewer or smaller rows: filter or summarize first.',
};

const MEANINGS = new Map<number, Meaning>();
const means = (meaning: Meaning, ...codes: number[]): void => {
  for (const code of codes) MEANINGS.set(code, meaning);
};
// Text that is no number or date, overflow, division, arguments that are only known with the data.
means(VALUES, 6, 25, 26, 27, 32, 36, 38, 41, 70, 72, 117, 153, 321, 349, 395, 407, 457);
means(TOO_LARGE_VALUE, 69, 128, 131, 191);
means(TOO_COMPLEX, 161, 162, 165, 167, 168, 306);
means(REGEX, 427);
means(STORAGE, 23, 33, 74, 76, 77, 87, 88, 107, 226, 246, 271);
means(BUSY, 173, 202, 203, 439);
means(HELPER, 75, 302, 303);

const megabytes = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${Math.round((bytes / 2 ** 30) * 10) / 10} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;

function ofLimit(code: number, raw: string, limits: Required<QueryLimits>): Meaning | undefined {
  switch (code) {
    case 62:
      // Any other syntax error would be the compiler's fault.
      return /max query size/i.test(raw) ? TOO_COMPLEX : undefined;
    case 159:
    case 160:
      // Helper processes are waited for with a limit of their own.
      if (/pipe/i.test(raw)) return HELPER;
      return {
        code: 'query_timeout',
        status: 408,
        message: `The query ran out of time: it may take ${limits.timeoutMs / 1000} s.`,
        hint: NARROW,
      };
    case 241:
      // The engine's own ceiling, which all queries share, is called total.
      return /\(total\)/i.test(raw)
        ? {
            code: 'query_memory',
            status: 413,
            message: 'The memory that all queries share is used up, so this query was stopped.',
            hint: 'Try again when less is running, or filter and project before joins and groups.',
          }
        : {
            code: 'query_memory',
            status: 413,
            message: `The query needed more memory than it may use: ${megabytes(limits.maxMemoryBytes)}.`,
            hint: 'Reduce what is joined or grouped: filter and project before the join, or summarize.',
          };
    case 396:
      return {
        code: 'query_result_size',
        status: 413,
        message: `The result is larger than a query may return: ${megabytes(limits.maxResultBytes)}.`,
        hint: 'Add summarize, project or take.',
      };
    case 158:
    case 307:
      return {
        code: 'query_reads_too_much',
        status: 413,
        message: 'The query reads more than a query may.',
        hint: NARROW,
      };
    case 164:
    case 291:
    case 497:
      return { code: 'query_forbidden', status: 403, message: 'Queries may only read the tables of the schema.' };
    default:
      return undefined;
  }
}

/**
 * The error of a query as people see it: coded, in plain words, with the limit that stopped it. What the engine said is
 * its `cause`, for the log: it may quote SQL or a row.
 */
export function queryError(error: unknown, limits: Required<QueryLimits>): unknown {
  if (!(error instanceof ParapetError)) return error;
  const engineCode = (error.details as { readonly engineCode?: number | null } | undefined)?.engineCode;
  if (engineCode === undefined) return error;
  const found: Meaning = (engineCode === null
    ? undefined
    : (ofLimit(engineCode, error.message, limits) ?? MEANINGS.get(engineCode))) ?? {
    code: 'query_failed',
    status: 500,
    message: 'The telemetry engine could not answer this query.',
    hint: 'This is a fault of Parapet, not of the query; the log of the server holds the detail.',
  };
  const shown = new ParapetError(found.code, found.status, found.message, found.hint);
  shown.cause = error;
  return shown;
}
