import type { Core } from '../engine/core.ts';
import { endRun } from '../engine/end-run.ts';
import type { StoredEvent } from '../protocol/event.ts';
import type { Run } from '../store/runs.ts';
import { isUlid } from '../time/ulid.ts';
import { uuidOf } from '../time/uuid.ts';
import { problem, type Response, type Route } from './server.ts';

const MAX_PAGE = 100;
const DEFAULT_PAGE = 10;
/** There is one account and one environment, as in the dev server. */
const NO_UUID = '00000000-0000-0000-0000-000000000000';

/** The real server's REST API, with true status codes and without its caches. */
export function restRoutes(core: Core): Route[] {
  const { store } = core;
  return [
    {
      method: 'GET',
      path: '/v1/events',
      handle({ query }) {
        const limit = Number(query.get('limit') ?? DEFAULT_PAGE);
        const cursor = query.get('cursor') ?? undefined;
        const receivedAfter = time(query.get('received_after'));
        const receivedBefore = time(query.get('received_before'));
        if (!Number.isInteger(limit) || limit < 1) return problem(400, 'Invalid limit query parameter');
        if (cursor !== undefined && !isUlid(cursor)) return problem(400, 'Invalid cursor query parameter');
        if (Number.isNaN(receivedAfter)) return problem(400, 'Invalid received_after query parameter');
        if (Number.isNaN(receivedBefore)) return problem(400, 'Invalid received_before query parameter');
        const name = query.get('name') ?? undefined;
        return data(
          store.events
            .list({ limit: Math.min(limit, MAX_PAGE), cursor, name, receivedAfter, receivedBefore })
            .map(showEvent),
        );
      },
    },
    {
      method: 'GET',
      path: '/v1/events/:id',
      handle({ params: [id = ''] }) {
        if (!isUlid(id)) return problem(400, `Invalid event ID: ${id}`);
        const event = store.events.get(id);
        return event ? data(showEvent(event)) : problem(404, 'Event not found');
      },
    },
    {
      method: 'GET',
      path: '/v1/events/:id/runs',
      handle({ params: [id = ''] }) {
        if (!isUlid(id)) return problem(400, `Invalid event ID: ${id}`);
        return data(store.runs.ofEvent(id).map(showRun));
      },
    },
    {
      method: 'GET',
      path: '/v1/runs/:id',
      handle({ params: [id = ''] }) {
        if (!isUlid(id)) return problem(400, `Invalid run ID: ${id}`);
        const run = store.runs.get(id);
        return run ? data(showRun(run)) : problem(404, `Unable to load function run: ${id}`);
      },
    },
    {
      method: 'DELETE',
      path: '/v1/runs/:id',
      async handle({ params: [id = ''] }) {
        if (!isUlid(id)) return problem(400, `Invalid run ID: ${id}`);
        const run = store.runs.get(id);
        if (!run) return problem(404, `Unable to load function run: ${id}`);
        endRun(core, run, 'cancelled', null);
        await core.db.committed();
        return { status: 200, body: '' };
      },
    },
    {
      method: 'DELETE',
      path: '/v0/runs/:id',
      async handle({ params: [id = ''] }) {
        const run = store.runs.get(id);
        if (!run || run.endedAt !== null) return problem(404, 'run not found');
        endRun(core, run, 'cancelled', null);
        await core.db.committed();
        return { status: 204, body: '' };
      },
    },
  ];
}

function data(value: unknown): Response {
  return {
    status: 200,
    body: { data: value, metadata: { fetched_at: new Date().toISOString() } },
  };
}

function showEvent({ internalId, event, receivedAt }: StoredEvent) {
  return {
    internal_id: internalId,
    account_id: NO_UUID,
    environment_id: NO_UUID,
    source: '',
    source_id: null,
    received_at: iso(receivedAt),
    ...event,
  };
}

function showRun(run: Run) {
  const status = run.status[0]!.toUpperCase() + run.status.slice(1);
  return {
    run_id: run.id,
    run_started_at: iso(run.startedAt ?? run.createdAt),
    function_id: uuidOf(run.functionId),
    function_version: 0,
    environment_id: NO_UUID,
    event_id: run.eventIds[0],
    ...(run.cron === null ? {} : { cron: run.cron }),
    status,
    ended_at: run.endedAt === null ? null : iso(run.endedAt),
    ...(run.endedAt === null
      ? {}
      : { output: run.output === null ? {} : (JSON.parse(run.output) as unknown) }),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function time(text: string | null): number | undefined {
  return text === null ? undefined : Date.parse(text);
}
