import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Core } from '../engine/core.ts';
import { endRun } from '../engine/end-run.ts';
import { rerun } from '../engine/rerun.ts';
import type { Sync } from '../registry/sync.ts';
import type { Run } from '../store/runs.ts';
import type { Failure, Step } from '../store/steps.ts';
import { problem, type Route } from './server.ts';

const SHOWN_RUNS = 50;
const SHOWN_EVENTS = 20;
const FOLDER = join(import.meta.dirname, '../page');

/** The page at `/` and what it asks for. */
export function pageRoutes(core: Core, sync: Sync): Route[] {
  const { store, registry, clock } = core;
  const file = (path: string, name: string, type: string): Route => ({
    method: 'GET',
    path,
    handle: () => ({
      status: 200,
      body: readFileSync(join(FOLDER, name), 'utf8'),
      headers: { 'content-type': `${type}; charset=utf-8` },
    }),
  });
  return [
    file('/', 'page.html', 'text/html'),
    file('/_emulator/page.css', 'page.css', 'text/css'),
    file('/_emulator/page.js', 'page.js', 'text/javascript'),
    {
      method: 'GET',
      path: '/_emulator/overview',
      handle: ({ query }) => ({
        status: 200,
        body: {
          clock_ahead: clock.offset(),
          apps: registry
            .apps()
            .map(({ name, url, functions }) => `${name} (${functions.length} functions) at ${url}`),
          problems: sync.watched().flatMap(({ problem }) => problem ?? []),
          events: store.events.list({ limit: SHOWN_EVENTS }).map(({ event, receivedAt }) => ({
            name: event.name,
            received_at: iso(receivedAt),
            data: event.data,
          })),
          triggers: registry
            .apps()
            .flatMap(({ functions }) =>
              functions.flatMap((fn) => fn.eventTriggers.map(({ event }) => event)),
            ),
          counts: store.runs.countByStatus(),
          runs: store.runs
            .list({
              functionId: query.get('function') ?? undefined,
              status: query.get('status') ?? undefined,
              limit: SHOWN_RUNS,
            })
            .map((run) => showRun(core, run)),
        },
      }),
    },
    {
      method: 'GET',
      path: '/_emulator/runs/:run',
      handle({ params: [id = ''] }) {
        const run = store.runs.get(id);
        return run ? { status: 200, body: showWholeRun(core, run) } : problem(404, `there is no run ${id}`);
      },
    },
    {
      method: 'POST',
      path: '/_emulator/runs/:run/cancel',
      async handle({ params: [id = ''] }) {
        const run = store.runs.get(id);
        if (!run) return problem(404, `there is no run ${id}`);
        endRun(core, run, 'cancelled', null);
        await core.db.committed();
        return { status: 200, body: { run_id: id } };
      },
    },
    {
      method: 'POST',
      path: '/_emulator/runs/:run/rerun',
      async handle({ params: [id = ''] }) {
        const again = rerun(core, id);
        await core.db.committed();
        return again
          ? { status: 200, body: { run_id: again.id } }
          : problem(404, `there is no run ${id}, or its function is gone`);
      },
    },
  ];
}

function showRun({ store }: Core, run: Run) {
  return {
    id: run.id,
    function: run.functionId,
    event: run.cron ?? store.events.get(run.eventIds[0]!)?.event.name ?? '',
    status: run.status,
    created_at: iso(run.createdAt),
    started_at: iso(run.startedAt),
    ended_at: iso(run.endedAt),
  };
}

function showWholeRun(core: Core, run: Run) {
  const { store } = core;
  const failures = store.steps.failures(run.id);
  return {
    ...showRun(core, run),
    events: run.eventIds.flatMap((id) => store.events.get(id)?.event ?? []),
    steps: store.steps.list(run.id).map((step) => showStep(step, failures)),
    failures: failures.filter(({ stepId }) => stepId === 'step').map(showFailure),
    output: run.output === null ? undefined : (JSON.parse(run.output) as unknown),
  };
}

function showStep(
  { id, name, op, status, attempts, createdAt, endedAt, result }: Step,
  failures: readonly Failure[],
) {
  return {
    id,
    name,
    op: op === 'StepPlanned' ? 'StepRun' : op,
    status,
    attempts,
    created_at: iso(createdAt),
    ended_at: iso(endedAt),
    failures: failures.filter(({ stepId }) => stepId === id).map(showFailure),
    result: result === null ? null : (JSON.parse(result) as unknown),
  };
}

function showFailure({ attempt, at, error: { name, message, stack } }: Failure) {
  return { attempt, at: iso(at), error: { name, message, stack } };
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
