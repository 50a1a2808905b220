import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Inngest } from 'inngest';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startApp } from '../test/apps.ts';
import { ended, get, runsOf, type Target } from '../test/target.ts';
import { type InngestEmulator, startInngestEmulator } from './index.ts';

/** How apps are found and what is refused: on the emulator alone. */
const SIGNING_KEY = `signkey-test-${'ab'.repeat(32)}`;
let inngest: InngestEmulator;
let target: Target;
let lines: string[];
const stops: (() => Promise<void>)[] = [];
const start = async (options = {}) => {
  lines = [];
  inngest = await startInngestEmulator({ log: (line) => lines.push(line), ...options });
  target = { name: 'emulator', url: inngest.url, pass: inngest.advance, stop: inngest.stop };
  stops.push(inngest.stop);
};
beforeEach(() => start());
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
const one = (id: string) => (client: Inngest) => [
  client.createFunction({ id, triggers: { event: 'x' } }, async () => id),
];

test('an app that comes up later is found, and so are functions that change', async () => {
  const probe = await startApp(inngest.url, one('first'));
  await probe.stop();
  const found = inngest.addApp(probe.url);
  const app = await startApp(inngest.url, one('first'), { port: probe.port });
  expect(await found).toEqual(['app-first']);
  await app.stop();
  const changed = await startApp(inngest.url, one('second'), { port: probe.port });
  stops.push(changed.stop);
  await vi.waitFor(
    async () => {
      const { ids } = await changed.client.send({ name: 'x' });
      expect((await ended(target, ids[0]!))[0]?.output).toBe('second');
    },
    { timeout: 10_000 },
  );
});

test('an address that is no Inngest app, or no address, is refused by name; the rest goes on', async () => {
  const other = createServer((_request, response) => response.end('<h1>Hello</h1>'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  stops.push(async () => void other.close());
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
  await expect(inngest.addApp(url)).rejects.toThrow(`${url} is not an Inngest endpoint: it answered 200`);
  await expect(inngest.addApp('localhost:3000')).rejects.toThrow('is not the http(s) address of an app');
  const app = await startApp(inngest.url, one('fn'));
  stops.push(app.stop);
  expect(await inngest.addApp(app.url)).toEqual(['app-fn']);
});

test.each([
  ['two functions of one id', { functions: 2 }, /two functions have this id/],
  [
    'an expression that does not compile',
    { trigger: { event: 'x', expression: 'event.data. ==' } },
    /triggers.expression is not a valid expression/,
  ],
  [
    'a period that is none',
    { debounce: { period: 'soon' } },
    /period must be a time string such as "10s", not "soon"/,
  ],
  ['too many retries', { retries: 21 }, /retries must be between 0 and 20/],
  ['Connect', { type: 'ws' }, /Connect is not emulated/],
])('a registration with %s is refused with the reason', async (_what, wrong, reason) => {
  const {
    functions = 1,
    trigger = { event: 'x' },
    type = 'http',
    retries,
    ...rest
  } = wrong as Record<string, never> & { functions?: number };
  const fn = {
    id: 'bad-fn',
    name: 'fn',
    triggers: [trigger],
    steps: {
      step: {
        id: 'step',
        name: 'step',
        runtime: { type, url: 'http://127.0.0.1:1/' },
        retries: { attempts: retries },
      },
    },
    ...rest,
  };
  const response = await fetch(`${inngest.url}/fn/register`, {
    method: 'POST',
    body: JSON.stringify({
      url: 'http://127.0.0.1:1/',
      appName: 'bad',
      functions: Array.from({ length: functions }, () => fn),
    }),
  });
  expect(response.status).toBe(400);
  expect(((await response.json()) as { error: string }).error).toMatch(reason);
});

test('with keys, calls are signed, and events and the API need the key', async () => {
  await start({ signingKey: SIGNING_KEY, eventKey: 'the-key' });
  const cloud = (eventKey: string) => ({ isDev: false, signingKey: SIGNING_KEY, eventKey });
  const app = await startApp(inngest.url, one('signed'), { client: cloud('the-key') });
  stops.push(app.stop);
  await inngest.addApp(app.url);
  const { ids } = await app.client.send({ name: 'x' });
  await inngest.idle();
  const authorized = await fetch(`${inngest.url}/v1/events/${ids[0]}/runs`, {
    headers: { authorization: `Bearer ${SIGNING_KEY}` },
  });
  expect(await authorized.json()).toMatchObject({ data: [{ status: 'Completed', output: 'signed' }] });
  expect((await fetch(`${inngest.url}/v1/events`)).status).toBe(401);
  const wrong = await fetch(`${inngest.url}/e/another-key`, { method: 'POST', body: '{"name":"x"}' });
  expect(wrong.status).toBe(401);

  const dev = await startApp(inngest.url, one('other'), {
    id: 'other',
    client: { ...cloud('the-key'), signingKey: `signkey-test-${'cd'.repeat(32)}` },
  });
  stops.push(dev.stop);
  await expect(inngest.addApp(dev.url)).rejects.toThrow(/the signing keys differ/);
});

test('what is not emulated is refused by name', async () => {
  for (const path of ['/v0/connect/start', '/v1/realtime/publish', '/v1/signals']) {
    const response = await fetch(`${inngest.url}${path}`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(501);
    expect(((await response.json()) as { error: string }).error).toMatch(/is not emulated/);
  }
  const app = await startApp(inngest.url, (c) => [
    c.createFunction({ id: 'fn', retries: 0, triggers: { event: 'x' } }, async ({ step }) =>
      step.ai.infer('ask', {
        model: { url: 'http://ai/', headers: {}, format: 'openai-chat', authKey: '' } as never,
        body: {} as never,
      }),
    ),
  ]);
  stops.push(app.stop);
  await inngest.addApp(app.url);
  const { ids } = await app.client.send({ name: 'x' });
  await inngest.idle();
  expect((await runsOf(target, ids[0]!))[0]).toMatchObject({
    status: 'Failed',
    output: { error: { message: expect.stringContaining('"AIGateway" (step "ask") is not emulated') } },
  });
});

test('true status codes: 400 for what is no id, 404 for what is not there, 405 for the wrong method', async () => {
  expect((await get(target, '/v1/events/nonsense')).status).toBe(400);
  expect((await get(target, '/v1/runs/01M868A0ZE0QYDA3FR77YJ3W2Y')).status).toBe(404);
  expect((await get(target, '/nowhere')).status).toBe(404);
  expect((await get(target, '/e/key')).status).toBe(405);
});
