import { ParapetError } from '@parapet/schema';
import { describe, expect, it } from 'vitest';
import { engineError } from '../src/errors.ts';
import { queryError } from '../src/query-errors.ts';

const LIMITS = { timeoutMs: 90_000, maxMemoryBytes: 1.5 * 2 ** 30, maxResultBytes: 64 * 2 ** 20 };
const of = (code: number | null, message = 'x'): ParapetError =>
  queryError(engineError(`Code: ${code}. DB::Exception: ${message} (version 26.7)`, code), LIMITS) as ParapetError;

describe('errors of queries', () => {
  it('name the limit and its value', () => {
    expect(of(159).message).toBe('The query ran out of time: it may take 90 s.');
    expect(of(241).message).toBe('The query needed more memory than it may use: 1.5 GiB.');
    expect(of(241, 'Memory limit (total) exceeded').message).toMatch(/all queries share/);
    expect(of(396).message).toBe('The result is larger than a query may return: 64 MiB.');
  });

  it('never show what the engine said, whatever its code', () => {
    const secret = "In scope SELECT `p$1` FROM hunting.SigninLogs WHERE UserPrincipalName = 'ada'";
    for (let code = 0; code < 1_100; code += 1) {
      if (code === 243 || code === 394) continue; // The disk is full; cancelled.
      const error = of(code, secret);
      expect(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`).not.toMatch(
        /SELECT|hunting\.|ada|DB::/,
      );
      expect(error.code).toMatch(/^(query|engine|store)_[a-z_]+$/);
      // The log still gets it.
      expect((error.cause as Error).message).toContain('SELECT');
    }
    expect(of(null, secret)).toMatchObject({ code: 'query_failed', status: 500 });
    expect(of(49, secret)).toMatchObject({ code: 'query_failed', status: 500 });
    expect(of(47, secret)).toMatchObject({ code: 'query_failed', status: 500 });
  });

  it('pass through what is no failure of a statement', () => {
    const restarted = new ParapetError('engine_restarted', 503, 'The telemetry engine stopped.');
    expect(queryError(restarted, LIMITS)).toBe(restarted);
    expect(of(394)).toMatchObject({ code: 'query_cancelled', status: 499 });
    expect(of(0, 'KQL_HOST:scan works on at most 5 rows.')).toMatchObject({
      code: 'query_failed',
      status: 400,
      message: 'scan works on at most 5 rows.',
    });
  });
});
