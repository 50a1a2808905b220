import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type App, startApp } from '../test/apps.ts';
import { ended, type Target } from '../test/target.ts';
import { type InngestEmulator, startInngestEmulator } from './index.ts';

let dataDir: string;
const stops: (() => Promise<void>)[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'inngest-'));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  rmSync(dataDir, { recursive: true });
});
const start = async (port = 0) => {
  const inngest = await startInngestEmulator({ dataDir, port });
  stops.push(inngest.stop);
  return inngest;
};
const asTarget = ({ url, advance, stop }: InngestEmulator): Target => ({
  name: 'emulator',
  url,
  pass: advance,
  stop,
});
const serve = async (
  inngest: InngestEmulator,
  define: Parameters<typeof startApp>[1],
  port = 0,
): Promise<App> => {
  const app = await startApp(inngest.url, define, { port });
  stops.push(app.stop);
  await inngest.addApp(app.url);
  return app;
};

test('after a restart a sleeping run goes on, a finished step is not run again, and the clock stays ahead', async () => {
  const ran: string[] = [];
  const first = await start();
  const port = Number(new URL(first.url).port);
  const app = await serve(first, (c) => [
    c.createFunction({ id: 'fn', triggers: { event: 'x' } }, async ({ step }) => {
      await step.run('before', () => ran.push('before'));
      await step.sleep('nap', '2h');
      await step.run('after', () => ran.push('after'));
      return ran.length;
    }),
  ]);
  const { ids } = await app.client.send({ name: 'x', id: 'once' });
  await first.advance(3_600_000);
  await first.stop();

  const second = await start(port);
  await second.idle();
  expect(ran).toEqual(['before']);
  await second.advance(3_600_000 + 60_000);
  expect(ran).toEqual(['before', 'after']);
  expect((await ended(asTarget(second), ids[0]!))[0]).toMatchObject({ status: 'Completed', output: 2 });
  await app.client.send({ name: 'x', id: 'once' });
  await second.idle();
  expect(ran).toEqual(['before', 'after']);
});

test('what was held back is still there after a restart', async () => {
  const seen: unknown[] = [];
  const first = await start();
  const port = Number(new URL(first.url).port);
  const app = await serve(first, (c) => [
    c.createFunction(
      { id: 'debounced', debounce: { period: '1m' }, triggers: { event: 'x' } },
      async ({ event }) => {
        seen.push(`debounced ${event.data.n}`);
      },
    ),
    c.createFunction(
      { id: 'batched', batchEvents: { maxSize: 10, timeout: '30s' }, triggers: { event: 'x' } },
      async ({ events }) => {
        seen.push(`batch of ${events.length}`);
      },
    ),
    c.createFunction({ id: 'waiting', triggers: { event: 'x' } }, async ({ event, step }) => {
      const answer = await step.waitForEvent('wait', { event: 'answer', match: 'data.n', timeout: '1h' });
      seen.push(`answer ${event.data.n} ${answer?.data.text}`);
    }),
  ]);
  await app.client.send([1, 2].map((n) => ({ name: 'x', data: { n } })));
  await first.idle();
  await first.stop();

  const second = await start(port);
  await app.client.send({ name: 'answer', data: { n: 2, text: 'yes' } });
  await second.advance(90_000);
  expect(seen.sort()).toEqual(['answer 2 yes', 'batch of 2', 'debounced 2']);
});

test('an event that comes while the app is down runs as soon as it is up again', async () => {
  const inngest = await start();
  const define: Parameters<typeof startApp>[1] = (c) => [
    c.createFunction({ id: 'fn', triggers: { event: 'x' } }, async () => 'up'),
  ];
  const app = await serve(inngest, define);
  await app.stop();
  const { ids } = await app.client.send({ name: 'x' });
  await inngest.idle();
  await serve(inngest, define, app.port);
  // The poll finds it; no clock is turned.
  const target = {
    ...asTarget(inngest),
    pass: () => new Promise<void>((resolve) => setTimeout(resolve, 20)),
  };
  expect((await ended(target, ids[0]!))[0]).toMatchObject({ status: 'Completed', output: 'up' });
});

test('a second emulator on the same folder, and a broken file, are refused with the cure', async () => {
  await start();
  await expect(startInngestEmulator({ dataDir })).rejects.toThrow(/in use by another process/);
  const broken = mkdtempSync(join(tmpdir(), 'inngest-'));
  writeFileSync(join(broken, 'inngest.sqlite'), 'this is no database'.repeat(100));
  await expect(startInngestEmulator({ dataDir: broken })).rejects.toThrow(/not a readable SQLite file/);
  rmSync(broken, { recursive: true });
});
