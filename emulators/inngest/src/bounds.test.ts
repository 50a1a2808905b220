import { afterEach, beforeEach, expect, test } from 'vitest';
import { startBareApp } from '../test/apps.ts';
import { get, type Target } from '../test/target.ts';
import { type InngestEmulator, startInngestEmulator } from './index.ts';

let inngest: InngestEmulator;
let target: Target;
let app: { stop(): Promise<void> };
beforeEach(async () => {
  inngest = await startInngestEmulator({ keepRuns: 100 });
  target = { name: 'emulator', url: inngest.url, pass: inngest.advance, stop: inngest.stop };
  app = await startBareApp(inngest.url, {
    id: 'app',
    event: 'x',
    answer: ({ body: { event, steps } }) => {
      if (event.data.sleeps && !('nap' in steps)) {
        return { body: [{ id: 'nap', op: 'Sleep', opts: { duration: '1h' } }] };
      }
      return { status: 200, body: event.data };
    },
  });
});
afterEach(async () => {
  await app.stop();
  await inngest.stop();
});
const send = async (count: number, data: object) => {
  const body = JSON.stringify(Array.from({ length: count }, () => ({ name: 'x', data })));
  const response = await fetch(`${inngest.url}/e/key`, { method: 'POST', body });
  return ((await response.json()) as { ids: string[] }).ids;
};

test('finished runs and their events are forgotten beyond a number; what is under way stays, and ends', async () => {
  const [sleeper = ''] = await send(1, { sleeps: true });
  await inngest.idle();
  const [first = ''] = await send(1100, { n: 1 });
  await inngest.idle();
  expect((await get(target, `/v1/events/${first}`)).status).toBe(404);
  const { counts } = (await get(target, '/_emulator/overview')).body as { counts: Record<string, number> };
  expect(counts.running).toBe(1);
  expect(counts.completed).toBeLessThanOrEqual(100 + 500);
  await inngest.advance(3_600_000);
  expect((await get(target, `/v1/events/${sleeper}/runs`)).body).toMatchObject({
    data: [{ status: 'Completed', output: { sleeps: true } }],
  });
});
