import { checkpoint } from '../engine/checkpoint.ts';
import type { Core } from '../engine/core.ts';
import { InvalidRegistration } from '../registry/registry.ts';
import { uuidOf } from '../time/uuid.ts';
import { jsonOf, problem, type Request, type Response, type Route } from './server.ts';

/** What SDKs call by themselves: registration, steps reported in between, and what was too large to be sent to them. */
export function sdkRoutes(core: Core): Route[] {
  return [
    { method: 'POST', path: '/fn/register', handle: (request) => register(core, request) },
    { method: 'POST', path: '/v1/checkpoint/:run/async', handle: (request) => keepSteps(core, request) },
    { method: 'GET', path: '/v0/runs/:run/actions', handle: ({ params }) => steps(core, params[0]!) },
    { method: 'GET', path: '/v0/runs/:run/batch', handle: ({ params }) => events(core, params[0]!) },
    ...refused(),
  ];
}

/** Whether the server is up, and what it knows. */
export function healthRoutes(core: Core): Route[] {
  return [
    { method: 'GET', path: '/dev', handle: () => ({ status: 200, body: describe(core) }) },
    { method: 'GET', path: '/health', handle: () => ({ status: 200, body: { status: 200, message: 'OK' } }) },
  ];
}

async function register(core: Core, request: Request): Promise<Response> {
  const expected = request.headers['x-inngest-expected-server-kind'];
  if (typeof expected === 'string' && expected !== '' && expected !== core.serverKind) {
    return problem(400, `Expected server kind ${core.serverKind}, got ${expected}`);
  }
  try {
    const { app, modified } = core.registry.register(jsonOf(request));
    await core.db.committed();
    return {
      status: 200,
      body: { ok: true, modified, sync_id: uuidOf(core.newId()), app_id: uuidOf(app.name) },
    };
  } catch (error) {
    if (!(error instanceof InvalidRegistration)) throw error;
    core.log(`registration refused: ${error.message}`);
    return problem(400, error.message);
  }
}

async function keepSteps(core: Core, request: Request): Promise<Response> {
  const refusal = checkpoint(core, request.params[0]!, jsonOf(request));
  await core.db.committed();
  return refusal ? problem(refusal.status, refusal.message) : { status: 200, body: {} };
}

function steps({ store }: Core, runId: string): Response {
  const refusal = refuseEnded(store.runs.get(runId));
  if (refusal) return refusal;
  const members = store.steps.settled(runId).map(({ id, result }) => `${JSON.stringify(id)}:${result}`);
  return { status: 200, body: `{${members.join(',')}}`, headers: { 'content-type': 'application/json' } };
}

function events({ store }: Core, runId: string): Response {
  const run = store.runs.get(runId);
  const refusal = refuseEnded(run);
  if (refusal || !run) return refusal ?? problem(404, 'run not found');
  const bodies = run.eventIds.flatMap((id) => store.events.get(id)?.body ?? []);
  return { status: 200, body: `[${bodies.join(',')}]`, headers: { 'content-type': 'application/json' } };
}

function refuseEnded(run: { endedAt: number | null } | undefined): Response | undefined {
  if (!run) return problem(404, 'run not found');
  return run.endedAt === null ? undefined : problem(410, 'the run has ended');
}

function describe({ registry, serverKind }: Core) {
  return {
    version: 'frontdesk-emulator',
    serverKind,
    functions: registry.apps().flatMap(({ functions }) => functions),
    handlers: registry.apps().map(({ name, url, sdk }) => ({ appName: name, url, sdk })),
  };
}

/** What the real server has and this one has not: each says so by name. */
function refused(): Route[] {
  const features = {
    '/v0/connect/:any': 'Connect',
    '/v1/realtime/:any': 'Realtime',
    '/v1/checkpoint': 'Durable endpoints (synchronous checkpointing)',
    '/v1/checkpoint/:run/steps': 'Durable endpoints (synchronous checkpointing)',
    '/v1/signals': 'Signals',
  };
  return Object.entries(features).map(([path, name]) => ({
    method: 'POST',
    path,
    handle: () => problem(501, `${name} is not emulated`),
  }));
}
