/** Failures in the shape that clients of the query endpoint read. */
import type { KqlDiagnostic } from '@parapet/kql';
import type { ParapetError } from '@parapet/schema';
import type { CallIds } from './request.ts';

export interface OneApiError {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly [key: `@${string}`]: unknown;
    readonly innererror?: object;
  };
}

interface Shape {
  readonly status: number;
  readonly code: string;
  readonly type: string;
  /** Trying the same again cannot help. */
  readonly permanent: boolean;
}

const shape = (status: number, code: string, type: string, permanent = true): Shape => ({
  status,
  code,
  type,
  permanent,
});

/** Our codes as the codes and exception types that clients switch on. */
const SHAPES: Readonly<Record<string, Shape>> = {
  query_timeout: shape(504, 'Timeout', 'Kusto.DataNode.Exceptions.KustoRequestTimeoutException', false),
  query_memory: shape(400, 'LimitsExceeded', 'Kusto.DataNode.Exceptions.LowMemoryConditionException'),
  query_result_size: shape(400, 'LimitsExceeded', 'Kusto.DataNode.Exceptions.ResultSetTooLargeException'),
  query_value_size: shape(400, 'LimitsExceeded', 'Kusto.DataNode.Exceptions.RunawayQueryException'),
  query_reads_too_much: shape(400, 'LimitsExceeded', 'Kusto.DataNode.Exceptions.RunawayQueryException'),
  query_cancelled: shape(499, 'RequestCancelled', 'Kusto.Data.Exceptions.KustoRequestCanceledException'),
  too_many_queries: shape(429, 'TooManyRequests', 'Kusto.Data.Exceptions.KustoRequestThrottledException', false),
  too_many_calls: shape(429, 'TooManyRequests', 'Kusto.Data.Exceptions.KustoRequestThrottledException', false),
  database_not_found: shape(400, 'BadRequest_DatabaseNotFound', 'Kusto.Data.Exceptions.EntityNotFoundException'),
  read_only: shape(403, 'Forbidden', 'Kusto.Data.Exceptions.KustoForbiddenException'),
};

function shapeOf(error: ParapetError): Shape {
  const known = SHAPES[error.code];
  if (known) return known;
  if (error.status === 401) return shape(401, 'Unauthorized', 'Kusto.Data.Exceptions.KustoUnauthorizedException');
  if (error.status === 403) return shape(403, 'Forbidden', 'Kusto.Data.Exceptions.KustoForbiddenException');
  if (error.status === 413) return shape(413, 'PayloadTooLarge', 'Kusto.Data.Exceptions.KustoBadRequestException');
  if (error.status >= 500)
    return shape(error.status, 'ServiceError', 'Kusto.Data.Exceptions.KustoServiceException', error.status !== 503);
  return shape(error.status, 'General_BadRequest', 'Kusto.Data.Exceptions.KustoBadRequestException');
}

/** Findings of the grammar have low numbers in the library's catalogue. */
const isSyntax = (finding: KqlDiagnostic): boolean => /^KS0\d\d$/.test(finding.code);

const located = (finding: KqlDiagnostic): string =>
  `${isSyntax(finding) ? 'Syntax' : 'Semantic'} error: ${finding.code}: ${finding.message}${
    finding.suggestion ? ` (${finding.suggestion})` : ''
  } [line:position=${finding.line}:${finding.column}]`;

function context(ids: CallIds): object {
  return {
    timestamp: new Date().toISOString(),
    serviceAlias: 'PARAPET',
    clientRequestId: ids.clientRequestId,
    activityId: ids.activityId,
    subActivityId: ids.activityId,
    parentActivityId: ids.activityId,
    activityType: 'Request',
  };
}

/**
 * An error as status and body. A query that could not be understood gives the place of each problem in `innererror`,
 * and in the message, because clients show little else.
 */
export function kustoError(
  error: ParapetError,
  ids: CallIds,
  query: string | undefined,
): { status: number; body: OneApiError } {
  const findings = error.code === 'kql_error' ? ((error.details as readonly KqlDiagnostic[] | undefined) ?? []) : [];
  const first = findings[0];
  const kind = shapeOf(error);
  const common = { '@context': context(ids), '@permanent': kind.permanent };
  if (first) {
    const type = `Kusto.Data.Exceptions.${isSyntax(first) ? 'SyntaxException' : 'SemanticException'}`;
    const text = findings.map(located).join('\n');
    return {
      status: 400,
      body: {
        error: {
          code: 'General_BadRequest',
          message: 'Request is invalid and cannot be executed.',
          '@type': type,
          '@message': text,
          ...common,
          innererror: {
            code: first.code,
            message: first.message,
            '@type': type,
            '@errorCode': first.code,
            '@errorMessage': text,
            '@text': query ?? '',
            '@line': first.line,
            '@pos': first.column,
            '@length': first.length,
            ...(first.suggestion ? { '@suggestion': first.suggestion } : {}),
            '@permanent': true,
            details: findings.map((each) => ({
              code: each.code,
              message: each.message,
              '@line': each.line,
              '@pos': each.column,
              '@length': each.length,
              ...(each.suggestion ? { '@suggestion': each.suggestion } : {}),
            })),
          },
        },
      },
    };
  }
  return {
    status: kind.status,
    body: {
      error: {
        code: kind.code,
        message: error.message,
        '@type': kind.type,
        '@message': `${error.message}${error.hint ? ` ${error.hint}` : ''}`,
        '@errorCode': error.code,
        ...common,
      },
    },
  };
}

/** What is said about an answer that was cut: part of the data set, after the rows. */
export function tooManyRows(maxRows: number, ids: CallIds): OneApiError {
  const message = `Query result set has exceeded the limit of ${maxRows} records (E_QUERY_RESULT_SET_TOO_LARGE). Add summarize, project or take.`;
  return {
    error: {
      code: 'LimitsExceeded',
      message: 'Request is invalid and cannot be executed.',
      '@type': 'Kusto.DataNode.Exceptions.ResultSetTooLargeException',
      '@message': message,
      '@errorCode': 'E_QUERY_RESULT_SET_TOO_LARGE',
      '@context': context(ids),
      '@permanent': true,
    },
  };
}
