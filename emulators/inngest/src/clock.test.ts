import { NonRetriableError } from 'inngest';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startApp } from '../test/apps.ts';
import { runsOf, type Target } from '../test/target.ts';
import { type InngestEmulator, startInngestEmulator } from './index.ts';

/** What needs the clock to be turned: on the emulator alone. */
const HOUR = 3_600_000;
const MINUTE = 60_000;
let inngest: InngestEmulator;
let target: Target;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  inngest = await startInngestEmulator();
  target = { name: 'emulator', url: inngest.url, pass: inngest.advance, stop: inngest.stop };
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await inngest.stop();
});
const serve = async (define: Parameters<typeof startApp>[1], id = 'app') => {
  const app = await startApp(inngest.url, define, { id });
  stops.push(app.stop);
  await inngest.addApp(app.url);
  return app.client;
};
const now = async () => {
  const response = await fetch(`${inngest.url}/_emulator/clock`);
  return Date.parse(((await response.json()) as { now: string }).now);
};

test('attempts come after 15 s, 30 s, 1 min and 2 min, each up to 30 s later', async () => {
  const times: number[] = [];
  const client = await serve((c) => [
    c.createFunction({ id: 'fn', triggers: { event: 'x' } }, async () => {
      times.push(await now());
      throw new Error('always');
    }),
  ]);
  await client.send({ name: 'x' });
  await inngest.advance(HOUR);
  const waits = times.slice(1).map((time, i) => (time - times[i]!) / 1000);
  expect(waits).toHaveLength(4);
  for (const [i, least] of [15, 30, 60, 120].entries()) {
    expect(waits[i]).toBeGreaterThanOrEqual(least);
    expect(waits[i]).toBeLessThan(least + 31);
  }
});

test('a sleep of three days takes no time, and ends neither sooner nor later', async () => {
  const client = await serve((c) => [
    c.createFunction({ id: 'fn', triggers: { event: 'x' } }, async ({ step }) => {
      await step.sleep('long', '3d');
      return 'awake';
    }),
  ]);
  const { ids } = await client.send({ name: 'x' });
  await inngest.advance(71 * HOUR);
  expect((await runsOf(target, ids[0]!))[0]?.status).toBe('Running');
  await inngest.advance(HOUR + MINUTE);
  expect((await runsOf(target, ids[0]!))[0]).toMatchObject({ status: 'Completed', output: 'awake' });
});

test('a schedule ticks in its time zone, jitter moves only when it runs, and it is gone with its function', async () => {
  const seen: unknown[] = [];
  const client = await serve((c) => [
    c.createFunction({ id: 'paris', triggers: { cron: 'TZ=Europe/Paris 0 3 * * *' } }, async ({ event }) => {
      seen.push(event.data);
    }),
    c.createFunction({ id: 'late', triggers: { cron: '30 4 * * *', jitter: '10m' } }, async ({ event }) => {
      seen.push(event.data);
    }),
  ]);
  expect(client.id).toBe('app');
  await inngest.advance(24 * HOUR);
  expect(seen).toHaveLength(2);
  const [paris, late] = (seen as { cron: string; scheduledAt: string; fireAt: string }[]).sort((a, b) =>
    b.cron.localeCompare(a.cron),
  );
  const inParis = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Paris', timeStyle: 'short' });
  expect(inParis.format(new Date(paris!.scheduledAt))).toBe('03:00');
  expect(late!.scheduledAt).toMatch(/T04:30:00Z$/);
  const delay = Date.parse(late!.fireAt) - Date.parse(late!.scheduledAt);
  expect(delay).toBeGreaterThanOrEqual(0);
  expect(delay).toBeLessThanOrEqual(10 * MINUTE);

  await serve((c) => [c.createFunction({ id: 'other', triggers: { event: 'x' } }, async () => 1)]);
  await inngest.advance(48 * HOUR);
  expect(seen).toHaveLength(2);
});

test('an event id and an idempotency key are forgotten after 24 hours', async () => {
  let byId = 0;
  let byKey = 0;
  const client = await serve((c) => [
    c.createFunction({ id: 'id', triggers: { event: 'x' } }, async () => {
      byId++;
    }),
    c.createFunction({ id: 'key', idempotency: 'event.data.key', triggers: { event: 'y' } }, async () => {
      byKey++;
    }),
  ]);
  const both = async () => {
    await client.send([
      { name: 'x', id: 'same' },
      { name: 'y', data: { key: 'same' } },
    ]);
    await inngest.idle();
  };
  await both();
  await both();
  expect([byId, byKey]).toEqual([1, 1]);
  await inngest.advance(23 * HOUR);
  await both();
  expect([byId, byKey]).toEqual([1, 1]);
  await inngest.advance(HOUR + MINUTE);
  await both();
  expect([byId, byKey]).toEqual([2, 2]);
});

test('throttle spaces the starts, with a burst at first', async () => {
  const starts: number[] = [];
  const client = await serve((c) => [
    c.createFunction(
      { id: 'fn', throttle: { limit: 2, period: '1m', burst: 1 }, triggers: { event: 'x' } },
      async () => {
        starts.push(await now());
      },
    ),
  ]);
  await client.send(Array.from({ length: 5 }, () => ({ name: 'x' })));
  await inngest.advance(HOUR);
  const seconds = starts.map((time) => Math.round((time - starts[0]!) / 1000));
  expect(seconds).toEqual([0, 0, 30, 60, 90]);
});

test('rateLimit lets the next one through when its turn has come', async () => {
  let runs = 0;
  const client = await serve((c) => [
    c.createFunction(
      { id: 'fn', rateLimit: { limit: 2, period: '1h' }, triggers: { event: 'x' } },
      async () => {
        runs++;
      },
    ),
  ]);
  for (let i = 0; i < 3; i++) await client.send({ name: 'x' });
  await inngest.idle();
  expect(runs).toBe(1);
  await inngest.advance(31 * MINUTE);
  await client.send({ name: 'x' });
  await inngest.idle();
  expect(runs).toBe(2);
});

test('debounce is put off by each event but no longer than its timeout, and the newest event wins', async () => {
  const seen: unknown[] = [];
  const client = await serve((c) => [
    c.createFunction(
      { id: 'fn', debounce: { period: '1m', timeout: '150s' }, triggers: { event: 'x' } },
      async ({ event }) => {
        seen.push(event.data.n);
      },
    ),
  ]);
  const ts = Date.now();
  for (const n of [0, 1, 2]) {
    await client.send({ name: 'x', data: { n }, ts: ts + n });
    await inngest.advance(45_000);
  }
  expect(seen).toEqual([]);
  await client.send({ name: 'x', data: { n: 'older' }, ts: ts - 1000 });
  await inngest.advance(20_000);
  expect(seen).toEqual([2]);
});

test('priority puts a run ahead of those that wait for a place', async () => {
  const order: unknown[] = [];
  const client = await serve((c) => [
    c.createFunction(
      { id: 'fn', concurrency: 1, priority: { run: 'event.data.priority' }, triggers: { event: 'x' } },
      async ({ event }) => {
        order.push(event.data.priority);
      },
    ),
  ]);
  await client.send([0, -100, 5, 100].map((priority) => ({ name: 'x', data: { priority } })));
  await inngest.idle();
  expect(order).toEqual([100, 5, 0, -100]);
});

test('a place under a limit goes to the next even where the one that waited for it was cancelled', async () => {
  const seen: unknown[] = [];
  const client = await serve((c) => [
    c.createFunction(
      { id: 'fn', concurrency: 1, cancelOn: [{ event: 'stop', match: 'data.n' }], triggers: { event: 'x' } },
      async ({ event }) => {
        seen.push(event.data.n);
        // While the first runs, the second is cancelled that waits for its place.
        if (event.data.n === 1) await client.send({ name: 'stop', data: { n: 2 } });
      },
    ),
  ]);
  await client.send([1, 2, 3].map((n) => ({ name: 'x', data: { n } })));
  await inngest.idle();
  expect(seen).toEqual([1, 3]);
});

test('timeouts.start cancels a run whose turn does not come', async () => {
  const client = await serve((c) => [
    c.createFunction({ id: 'fn', timeouts: { start: '10s' }, triggers: { event: 'x' } }, async () => 1),
  ]);
  const { ids } = await client.send({ name: 'x', ts: Date.now() + MINUTE });
  await inngest.advance(2 * MINUTE);
  expect((await runsOf(target, ids[0]!))[0]?.status).toBe('Cancelled');
});

test('a limit of runs is held while a run sleeps, a limit of steps is not', async () => {
  const started: string[] = [];
  const fn = (id: string, concurrency: object) => ({
    id: `app-${id}`,
    triggers: [{ event: 'limited' }],
    concurrency,
  });
  const client = await serve((c) => [
    c.createFunction(
      { id: 'steps', triggers: { event: 'limited' }, concurrency: 1 },
      async ({ event, step }) => {
        started.push(`steps ${event.data.n}`);
        await step.sleep('nap', '1m');
      },
    ),
    c.createFunction({ id: 'runs', triggers: { event: 'limited' } }, async ({ event, step }) => {
      await step.run('note', () => started.push(`runs ${event.data.n}`));
      await step.sleep('nap', '1m');
    }),
  ]);
  // The TypeScript SDK has no such option; Go's sends it like this.
  const { apps } = {
    apps: (await (await fetch(`${inngest.url}/dev`)).json()) as { handlers: { url: string }[] },
  };
  const url = apps.handlers[0]!.url;
  const step = (id: string) => ({
    step: { id: 'step', name: 'step', runtime: { type: 'http', url: `${url}?fnId=app-${id}&stepId=step` } },
  });
  await fetch(`${inngest.url}/fn/register`, {
    method: 'POST',
    body: JSON.stringify({
      appName: 'app',
      url,
      functions: [
        { ...fn('steps', { step: [{ limit: 1 }] }), steps: step('steps') },
        { ...fn('runs', { fn: [{ limit: 1 }] }), steps: step('runs') },
      ],
    }),
  });
  await client.send([1, 2].map((n) => ({ name: 'limited', data: { n } })));
  await inngest.idle();
  expect([...new Set(started)].sort()).toEqual(['runs 1', 'steps 1', 'steps 2']);
  await inngest.advance(90_000);
  expect(started).toContain('runs 2');
});

test('an error that is not to be retried is not, however far the clock is turned', async () => {
  let tried = 0;
  const client = await serve((c) => [
    c.createFunction({ id: 'fn', triggers: { event: 'x' } }, async () => {
      tried++;
      throw new NonRetriableError('no');
    }),
  ]);
  await client.send({ name: 'x' });
  await inngest.advance(24 * HOUR);
  expect(tried).toBe(1);
});
