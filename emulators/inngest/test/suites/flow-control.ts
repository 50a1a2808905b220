import { setTimeout as sleep } from 'node:timers/promises';
import type { Inngest, InngestFunction } from 'inngest';
import { afterEach, expect, test } from 'vitest';
import { type App, startApp } from '../apps.ts';
import { ended, runsOf, type Target, until } from '../target.ts';

/** How events are held back, dropped or put in order: the same on the emulator and on the real server. */
export function flowControlTests(target: () => Target): void {
  const apps: App[] = [];
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.stop();
  });
  const serve = async (id: string, define: (client: Inngest) => InngestFunction.Any[]) => {
    const app = await startApp(target().url, define, { id, client: { checkpointing: false } });
    apps.push(app);
    await app.register();
    return app;
  };
  const send = async (app: App, events: { name: string; data?: object; id?: string; ts?: number }[]) =>
    (await app.client.send(events as Parameters<Inngest['send']>[0])).ids;

  /** Exactly one of these events has a run; which one is up to the real server, which takes them at the same time. */
  const oneOf = async (ids: string[]) => {
    const runs = async () => (await Promise.all(ids.map((id) => runsOf(target(), id)))).flat();
    await until(target(), async () => (await runs()).some(({ ended_at }) => ended_at));
    expect(await runs()).toHaveLength(1);
  };

  test('an event id starts a function once', async () => {
    const app = await serve('dedupe', (client) => [
      client.createFunction({ id: 'fn', triggers: { event: 'dedupe' } }, async () => 1),
    ]);
    const [first = ''] = await send(app, [{ name: 'dedupe', id: 'same' }]);
    await ended(target(), first);
    const [second = ''] = await send(app, [{ name: 'dedupe', id: 'same' }]);
    const [third = ''] = await send(app, [{ name: 'dedupe', id: 'other' }]);
    await ended(target(), third);
    expect(second).not.toBe(first);
    expect(await runsOf(target(), second)).toEqual([]);
  });

  test('idempotency lets one event of a key through', async () => {
    const app = await serve('idem', (client) => [
      client.createFunction(
        { id: 'fn', idempotency: 'event.data.id', triggers: { event: 'idem' } },
        async () => 1,
      ),
    ]);
    const ids: string[] = [];
    for (const id of ['a', 'a', 'b']) ids.push(...(await send(app, [{ name: 'idem', data: { id } }])));
    await ended(target(), ids[2]!);
    await oneOf(ids.slice(0, 2));
  });

  test('rateLimit drops what is too much; a key that is missing switches it off', async () => {
    const app = await serve('rate', (client) => [
      client.createFunction(
        {
          id: 'fn',
          rateLimit: { limit: 1, period: '1h', key: 'event.data.id' },
          triggers: { event: 'rate' },
        },
        async () => 1,
      ),
    ]);
    const ids: string[] = [];
    for (const data of [{ id: 'a' }, { id: 'a' }, {}, {}])
      ids.push(...(await send(app, [{ name: 'rate', data }])));
    for (const id of ids.slice(2)) await ended(target(), id);
    await oneOf(ids.slice(0, 2));
  });

  test('throttle puts off what is too much, and drops nothing', async () => {
    const starts: number[] = [];
    const app = await serve('throttle', (client) => [
      client.createFunction(
        { id: 'fn', throttle: { limit: 1, period: '2s' }, triggers: { event: 'throttle' } },
        async ({ event }) => {
          starts.push(event.data.n as number);
        },
      ),
    ]);
    const ids = await send(
      app,
      [0, 1, 2].map((n) => ({ name: 'throttle', data: { n } })),
    );
    for (const id of ids) await ended(target(), id);
    expect(starts.sort()).toEqual([0, 1, 2]);
  });

  test('concurrency bounds the steps at work for each key', async () => {
    const now: Record<string, number> = {};
    const peak: Record<string, number> = {};
    const app = await serve('conc', (client) => [
      client.createFunction(
        { id: 'fn', concurrency: { limit: 2, key: 'event.data.key' }, triggers: { event: 'conc' } },
        async ({ event, step }) => {
          await step.run('work', async () => {
            const key = event.data.key as string;
            now[key] = (now[key] ?? 0) + 1;
            peak[key] = Math.max(peak[key] ?? 0, now[key]);
            await sleep(30);
            now[key]--;
          });
        },
      ),
    ]);
    const ids = await send(
      app,
      Array.from({ length: 10 }, (_, i) => ({ name: 'conc', data: { key: i % 2 ? 'odd' : 'even' } })),
    );
    for (const id of ids) await ended(target(), id);
    expect(Math.max(...Object.values(peak))).toBe(2);
  });

  test('debounce runs the last of a burst', async () => {
    const app = await serve('debounce', (client) => [
      client.createFunction(
        { id: 'fn', debounce: { period: '2s', key: 'event.data.key' }, triggers: { event: 'debounce' } },
        async ({ event }) => event.data.n,
      ),
    ]);
    const ids: string[] = [];
    for (const n of [1, 2, 3]) {
      ids.push(...(await send(app, [{ name: 'debounce', data: { key: 'a', n } }])));
      await sleep(50);
    }
    const [run] = await ended(target(), ids[2]!);
    expect(run?.output).toBe(3);
    expect(await runsOf(target(), ids[0]!)).toEqual([]);
  });

  test('batchEvents runs when the batch is full or its time is over; what does not match runs alone', async () => {
    const app = await serve('batch', (client) => [
      client.createFunction(
        {
          id: 'fn',
          batchEvents: { maxSize: 3, timeout: '3s', if: 'event.data.n < 100' },
          triggers: { event: 'batch' },
        },
        async ({ events }) => (events as { data: { n: number } }[]).map(({ data }) => data.n),
      ),
    ]);
    const ids: string[] = [];
    for (const n of [1, 2, 3, 4, 100]) ids.push(...(await send(app, [{ name: 'batch', data: { n } }])));
    const outputs = async () => {
      const runs = (await Promise.all(ids.map((id) => runsOf(target(), id)))).flat();
      return runs.filter(({ ended_at }) => ended_at).map(({ output }) => output as number[]);
    };
    await until(target(), async () => (await outputs()).length === 3);
    // The real server takes events that follow one another at once in any order.
    const batches = (await outputs()).map((batch) => batch.sort());
    expect(batches.map(({ length }) => length).sort()).toEqual([1, 1, 3]);
    expect(batches).toContainEqual([100]);
    expect(batches.flat().sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 100]);
  });

  test('singleton keeps the run that is there, or puts the new one in its place', async () => {
    const app = await serve('single', (client) => [
      client.createFunction(
        { id: 'skip', singleton: { mode: 'skip', key: 'event.data.id' }, triggers: { event: 'single.skip' } },
        async ({ step }) => {
          await step.sleep('nap', '4s');
          return 'kept';
        },
      ),
      client.createFunction(
        {
          id: 'cancel',
          singleton: { mode: 'cancel', key: 'event.data.id' },
          triggers: { event: 'single.cancel' },
        },
        async ({ step }) => {
          await step.sleep('nap', '4s');
          return 'new';
        },
      ),
    ]);
    const started = async (eventId: string) =>
      until(target(), async () => (await runsOf(target(), eventId))[0]?.status === 'Running');
    const data = { id: 'a' };
    const [kept = ''] = await send(app, [{ name: 'single.skip', data }]);
    const [replaced = ''] = await send(app, [{ name: 'single.cancel', data }]);
    await started(replaced);
    const [skipped = ''] = await send(app, [{ name: 'single.skip', data }]);
    const [replacing = ''] = await send(app, [{ name: 'single.cancel', data }]);
    expect((await ended(target(), replacing))[0]).toMatchObject({ status: 'Completed', output: 'new' });
    expect((await ended(target(), replaced))[0]?.status).toBe('Cancelled');
    expect((await ended(target(), kept))[0]).toMatchObject({ status: 'Completed', output: 'kept' });
    expect((await runsOf(target(), skipped)).filter(({ status }) => status !== 'Skipped')).toEqual([]);
  });

  test('cancelOn ends the runs that the event is about', async () => {
    const app = await serve('cancel', (client) => [
      client.createFunction(
        { id: 'fn', cancelOn: [{ event: 'cancel.now', match: 'data.id' }], triggers: { event: 'cancel' } },
        async ({ step }) => {
          await step.sleep('nap', '4s');
          return 'slept';
        },
      ),
    ]);
    const [gone = '', stays = ''] = await send(app, [
      { name: 'cancel', data: { id: 1 } },
      { name: 'cancel', data: { id: 2 } },
    ]);
    await until(target(), async () => (await runsOf(target(), gone))[0]?.status === 'Running');
    await send(app, [{ name: 'cancel.now', data: { id: 1 } }]);
    expect((await ended(target(), gone))[0]?.status).toBe('Cancelled');
    expect((await ended(target(), stays))[0]?.output).toBe('slept');
  });

  test('timeouts.finish cancels a run that takes too long', async () => {
    const app = await serve('timeouts', (client) => [
      client.createFunction(
        { id: 'fn', timeouts: { finish: '2s' }, triggers: { event: 'timeouts' } },
        async ({ step }) => {
          await step.sleep('nap', '1h');
        },
      ),
    ]);
    const [id = ''] = await send(app, [{ name: 'timeouts' }]);
    expect((await ended(target(), id))[0]?.status).toBe('Cancelled');
  });

  test('a function that is rate limited fails who invokes it', async () => {
    const app = await serve('invlimit', (client) => {
      const child = client.createFunction(
        { id: 'child', rateLimit: { limit: 1, period: '1h' } },
        async () => 'child',
      );
      return [
        child,
        client.createFunction(
          { id: 'parent', retries: 0, triggers: { event: 'invlimit' } },
          async ({ step }) => {
            const first = await step.invoke('first', { function: child });
            const second = await step
              .invoke('second', { function: child })
              .catch((error: Error) => error.message);
            return [first, second];
          },
        ),
      ];
    });
    const [id = ''] = await send(app, [{ name: 'invlimit' }]);
    expect((await ended(target(), id))[0]?.output).toEqual(['child', 'invoked function is rate limited']);
  });
}
