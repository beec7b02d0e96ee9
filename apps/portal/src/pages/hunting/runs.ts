import type { HuntDiagnostic, HuntRequest, HuntResult } from '@parapet/schema/wire';
import { useSyncExternalStore } from 'react';
import { ApiError, api } from '../../api/client.ts';
import { type HuntRange, rangeInstants } from './time-range.ts';

/** What was asked: the text that ran and where it stood in its tab. */
export interface RunQuestion {
  readonly query: string;
  readonly start: number;
  readonly range: HuntRange;
}

/** State of a tab's last run. The former result stays visible while a new one is on its way. */
export interface TabRun {
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly question: RunQuestion;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly runId: string;
  readonly cancelling?: boolean;
  /** Place among one's own queries that wait for their turn; absent while it runs. */
  readonly place?: number;
  readonly error?: unknown;
  readonly diagnostics?: readonly HuntDiagnostic[];
  /** Result on screen, with the question it answers. */
  readonly shown?: { readonly result: HuntResult; readonly question: RunQuestion; readonly finishedAt: number };
}

/**
 * Runs live outside the page, so that walking to an alert and back loses no result and a long query goes on meanwhile.
 */
const runs = new Map<string, TabRun>();
const aborts = new Map<string, AbortController>();
const watchers = new Set<() => void>();
const finished = new Set<() => void>();

function put(tab: string, run: TabRun): void {
  runs.set(tab, run);
  for (const watcher of watchers) watcher();
}

export function useRun(tab: string): TabRun | undefined {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => runs.get(tab),
  );
}

/** Called after every run that reached the server: the history has a new line. */
export function onRunFinished(listener: () => void): () => void {
  finished.add(listener);
  return () => finished.delete(listener);
}

/** An id that also works where the page is not served over HTTPS, where `randomUUID` is missing. */
function newRunId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `run-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function isDiagnostics(details: unknown): details is HuntDiagnostic[] {
  return Array.isArray(details) && details.every((one) => typeof (one as HuntDiagnostic | null)?.message === 'string');
}

/** Run a query for a tab; a run of that tab that is still going is cancelled first. */
export async function startRun(tab: string, question: RunQuestion): Promise<void> {
  const before = runs.get(tab);
  if (before?.state === 'running') void cancelRun(tab);
  const abort = new AbortController();
  aborts.set(tab, abort);
  const runId = newRunId();
  const base = { question, startedAt: Date.now(), runId, ...(before?.shown ? { shown: before.shown } : {}) };
  put(tab, { ...base, state: 'running' });
  const mine = () => runs.get(tab)?.runId === runId;
  const watch = setInterval(() => void askPlace(tab, runId), 1_500);
  try {
    const timeRange = rangeInstants(question.range, new Date());
    const request: HuntRequest = { query: question.query, runId, ...(timeRange ? { timeRange } : {}) };
    const result = await api.post('/api/hunting/run', request, abort.signal);
    if (mine()) put(tab, { ...base, state: 'done', shown: { result, question, finishedAt: Date.now() } });
  } catch (error) {
    if (!mine()) return;
    const cancelled =
      (error instanceof DOMException && error.name === 'AbortError') ||
      (error instanceof ApiError && error.code === 'query_cancelled');
    const details = error instanceof ApiError ? error.details : undefined;
    put(tab, {
      ...base,
      state: cancelled ? 'cancelled' : 'failed',
      error,
      ...(isDiagnostics(details) ? { diagnostics: details } : {}),
    });
  } finally {
    clearInterval(watch);
    for (const listener of finished) listener();
  }
}

/** Whether the run waits for others of the same person, and how many are before it. */
async function askPlace(tab: string, runId: string): Promise<void> {
  try {
    const answer = await api.get(`/api/hunting/run/${encodeURIComponent(runId)}` as '/api/hunting/run/:id');
    const run = runs.get(tab);
    if (run?.runId !== runId || run.state !== 'running') return;
    const place = answer.state === 'queued' ? answer.place : undefined;
    if (place !== run.place) {
      const { place: _, ...rest } = run;
      put(tab, place === undefined ? rest : { ...rest, place });
    }
  } catch {
    // It has ended, or the server is busy: the answer of the run itself tells.
  }
}

/** Stop a run in the engine, then stop waiting for it. */
export async function cancelRun(tab: string): Promise<void> {
  const run = runs.get(tab);
  if (run?.state !== 'running') return;
  put(tab, { ...run, cancelling: true });
  const abort = aborts.get(tab);
  try {
    await api.delete(`/api/hunting/run/${encodeURIComponent(run.runId)}`);
  } catch {
    // It may have ended in the same moment; either way nobody waits any longer.
  }
  abort?.abort();
}

/** Forget a closed tab; a run of it that is still going is stopped. */
export function forgetRun(tab: string): void {
  void cancelRun(tab);
  runs.delete(tab);
  aborts.delete(tab);
}
