import { afterEach, expect, test } from 'vitest';
import { type BareCall, startApp, startBareApp } from '../apps.ts';
import { ended, get, runsOf, type Target, until } from '../target.ts';

/** What clients see over HTTP: the same on the emulator and on the real server. */
export function httpApiTests(target: () => Target): void {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  const post = async (body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(new URL('/e/key', target().url), { method: 'POST', body, headers });
    return {
      status: response.status,
      body: (await response.json()) as { ids: string[]; status: number; error?: string },
    };
  };
  const bare = async (app: Parameters<typeof startBareApp>[1]) => {
    const started = await startBareApp(target().url, app);
    stops.push(started.stop);
    return started;
  };
  const sendTo = async (event: string, data = {}) =>
    (await post(JSON.stringify({ name: event, data }))).body.ids[0]!;

  test.each([
    ['no JSON', '{"name"', undefined],
    ['no name', '{"data":{}}', 'event name is empty'],
    ['a reserved name', '{"name":"inngest/x"}', 'event name is reserved for internal use: inngest/x'],
    ['data that is no object', '{"name":"x","data":[1]}', undefined],
    ['a time before 1980', '{"name":"x","ts":1}', 'timestamp is before Jan 1, 1980'],
  ])('an event with %s is refused', async (_what, body, error) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.body.status).toBe(400);
    if (error !== undefined) expect(answer.body.error).toBe(error);
    else expect(answer.body.error).toEqual(expect.any(String));
  });

  test('an event over 3 MiB is refused, one just below is taken', async () => {
    const event = (size: number) => JSON.stringify({ name: 'http.size', data: { text: 'x'.repeat(size) } });
    expect((await post(event(3 * 1024 * 1024))).status).toBe(400);
    expect((await post(event(3 * 1024 * 1024 - 200))).status).toBe(200);
  });

  test('nothing to take is no fault', async () => {
    expect((await post('[]')).body).toEqual({ ids: [''], status: 200 });
    expect((await post('')).body).toEqual({ ids: [''], status: 200 });
  });

  test('of an array the events before the bad one are taken', async () => {
    const { status, body } = await post('[{"name":"http.first"},{"name":""},{"name":"http.third"}]');
    expect(status).toBe(400);
    const first = async () =>
      (await get(target(), `/v1/events/${body.ids[0]}`)).body as { data: { name: string } | null };
    await until(target(), async () => (await first()).data?.name === 'http.first');
  });

  test('the same seed gives the same ids, so that a repeated request is harmless', async () => {
    const headers = { 'x-inngest-event-id-seed': '1743130137367,eii2YKXRVTJPuA==' };
    const body = '[{"name":"http.seed"},{"name":"http.seed"}]';
    const first = await post(body, headers);
    expect((await post(body, headers)).body.ids).toEqual(first.body.ids);
    expect(new Set(first.body.ids).size).toBe(2);
  });

  test('an event can be looked up by its internal id', async () => {
    const sent = { id: 'http-own-id', name: 'http.lookup', data: { n: 1 }, ts: 1_700_000_000_000 };
    const { body } = await post(JSON.stringify(sent));
    const shown = async () =>
      (await get(target(), `/v1/events/${body.ids[0]}`)).body as { data: object | null };
    // The real server acknowledges an event before it is kept.
    await until(target(), async () => (await shown()).data !== null);
    expect(await shown()).toMatchObject({ data: { ...sent, internal_id: body.ids[0] } });
    const listed = (await get(target(), '/v1/events?name=http.lookup')).body as {
      data: { internal_id: string }[];
    };
    expect(listed.data.map(({ internal_id }) => internal_id)).toContain(body.ids[0]);
  });

  test('a run can be looked up and cancelled', async () => {
    const app = await startApp(
      target().url,
      (client) => [
        client.createFunction({ id: 'fn', triggers: { event: 'http.run' } }, async ({ step }) =>
          step.sleep('nap', '1h'),
        ),
      ],
      { id: 'httprun' },
    );
    stops.push(app.stop);
    await app.register();
    const eventId = await sendTo('http.run');
    await until(target(), async () => (await runsOf(target(), eventId))[0]?.status === 'Running');
    const [run] = await runsOf(target(), eventId);
    const shown = (await get(target(), `/v1/runs/${run!.run_id}`)).body as { data: object };
    expect(shown.data).toMatchObject({ run_id: run!.run_id, status: 'Running', event_id: eventId });
    expect(shown.data).not.toHaveProperty('output');
    const remove = () => fetch(new URL(`/v1/runs/${run!.run_id}`, target().url), { method: 'DELETE' });
    expect((await remove()).status).toBe(200);
    expect((await ended(target(), eventId))[0]).toMatchObject({ status: 'Cancelled' });
    expect((await remove()).status).toBe(200);
    const unknown = await fetch(new URL('/v1/runs/01M868A0ZE0QYDA3FR77YJ3W2Y', target().url), {
      method: 'DELETE',
    });
    expect(unknown.status).toBe(404);
  });

  test('an app is told what is wrong with its registration', async () => {
    const register = async (body: unknown) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await fetch(new URL('/fn/register', target().url), { method: 'POST', body: text });
      return { status: response.status, body: (await response.json()) as object };
    };
    expect((await register('not json')).status).toBe(400);
    const app = {
      url: 'http://127.0.0.1:1/',
      appName: 'reg',
      sdk: 'test:v1.0.0',
      v: '0.1',
      deployType: 'ping',
    };
    const fn = {
      id: 'reg-fn',
      name: 'fn',
      triggers: [{ event: 'reg' }],
      steps: { step: { id: 'step', name: 'step', runtime: { type: 'http', url: app.url } } },
    };
    expect(await register({ ...app, functions: [fn] })).toMatchObject({
      status: 200,
      body: { ok: true, modified: true },
    });
    expect(await register({ ...app, functions: [fn] })).toMatchObject({ status: 200, body: { ok: true } });
    expect((await register({ ...app, appName: '', functions: [fn] })).status).toBe(400);
  });

  test('an SDK of another language finds the protocol as it is described', async () => {
    const app = await bare({
      id: 'bare',
      event: 'bare',
      answer: ({ body: { steps } }) => {
        if (!('one' in steps))
          return { body: [{ id: 'one', op: 'StepRun', displayName: 'one', data: { n: 1 } }] };
        // The Go SDK puts the step's name into `name`, and the time into `opts`.
        if (!('nap' in steps))
          return { body: [{ id: 'nap', op: 'Sleep', name: 'a nap', opts: { duration: '1s' } }] };
        return { status: 200, body: { steps } };
      },
    });
    const [run] = await ended(target(), await sendTo('bare', { a: 1 }));
    expect(run).toMatchObject({
      status: 'Completed',
      output: { steps: { one: { data: { n: 1 } }, nap: null } },
    });
    const calls = app.calls as [BareCall, BareCall, BareCall];
    expect(calls).toHaveLength(3);
    expect(calls.map(({ stepId }) => stepId)).toEqual(['step', 'step', 'step']);
    expect(calls.map(({ body }) => body.version)).toEqual([-1, 1, 1]);
    expect(calls.map(({ body }) => body.ctx.stack.stack ?? [])).toEqual([[], ['one'], ['one', 'nap']]);
    expect(calls[0].body).toMatchObject({
      event: { name: 'bare', data: { a: 1 } },
      events: [{ name: 'bare', data: { a: 1 } }],
      ctx: { run_id: run!.run_id, attempt: 0, use_api: false },
    });
    expect(calls[0].headers['x-run-id']).toBe(run!.run_id);
  });

  test('a planned step is called for by its id', async () => {
    const app = await bare({
      id: 'planned',
      event: 'planned',
      answer: ({ stepId, body: { steps } }) => {
        if (stepId !== 'step') return { body: [{ id: stepId, op: 'StepRun', data: stepId }] };
        if (Object.keys(steps).length < 2)
          return { body: ['p', 'q'].map((id) => ({ id, op: 'StepPlanned', name: id })) };
        return { status: 200, body: steps };
      },
    });
    const [run] = await ended(target(), await sendTo('planned'));
    expect(run?.output).toEqual({ p: { data: 'p' }, q: { data: 'q' } });
    expect(
      app.calls
        .map(({ stepId }) => stepId)
        .filter((id) => id !== 'step')
        .sort(),
    ).toEqual(['p', 'q']);
  });

  test('an answer that was streamed is read like any other', async () => {
    await bare({
      id: 'streamed',
      event: 'streamed',
      answer: () => ({
        status: 201,
        headers: {},
        body: { status: 200, headers: { 'x-inngest-sdk': 'test:v1.0.0' }, body: '{"streamed":true}' },
      }),
    });
    const [run] = await ended(target(), await sendTo('streamed'));
    expect(run).toMatchObject({ status: 'Completed', output: { streamed: true } });
  });

  test('a redirect that keeps the method is followed', async () => {
    let hops = 0;
    await bare({
      id: 'redirect',
      event: 'redirect',
      answer: () => {
        hops++;
        if (hops === 1) return { status: 307, headers: { location: '/elsewhere' }, body: '' };
        return { status: 200, body: 'arrived' };
      },
    });
    expect((await ended(target(), await sendTo('redirect')))[0]).toMatchObject({
      status: 'Completed',
      output: 'arrived',
    });
  });

  test.each([
    ['a proxy in between that fails', { status: 504, headers: {}, body: '<h1>Gateway</h1>' }, /HTTP 504/],
    [
      'an answer without an SDK',
      { status: 200, headers: { 'content-type': 'text/plain' }, body: 'hello' },
      /./,
    ],
    [
      'an answer that is too large',
      { status: 200, body: 'x'.repeat(9 * 1024 * 1024) },
      /output_too_large|exceeds|too large/i,
    ],
    [
      'a step that is larger than 4 MiB',
      { status: 206, body: [{ id: 'a', op: 'StepRun', data: 'x'.repeat(5 * 1024 * 1024) }] },
      /output size is greater than the limit/,
    ],
    ['operations that are none', { status: 206, body: '"nonsense"' }, /opcode|generator|operation/i],
    ['an operation that is unknown', { status: 206, body: [{ id: 'a', op: 'Unheard' }] }, /./],
  ])('%s fails the run with a message', async (what, reply, message) => {
    const id = what.replace(/\W+/g, '-').slice(0, 20);
    await bare({ id, event: id, answer: () => reply });
    const [run] = await ended(target(), await sendTo(id));
    expect(run?.status).toBe('Failed');
    expect(JSON.stringify(run?.output)).toMatch(message);
  });
}
