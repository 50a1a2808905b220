import { afterEach, beforeEach, expect, test } from 'vitest';
import { type App, startApp } from '../test/apps.ts';
import { type InngestEmulator, startInngestEmulator } from './index.ts';

let inngest: InngestEmulator;
let app: App;
let ran: unknown[];
beforeEach(async () => {
  ran = [];
  inngest = await startInngestEmulator();
  app = await startApp(inngest.url, (c) => [
    c.createFunction(
      { id: 'fn', triggers: { event: 'x' }, checkpointing: false },
      async ({ event, step }) => {
        await step.run('one', () => ran.push(`one ${event.data.n}`));
        await step.run('two', () => ran.push(`two ${event.data.n}`));
      },
    ),
  ]);
  await inngest.addApp(app.url);
});
afterEach(async () => {
  await app.stop();
  await inngest.stop();
});
const fault = async (body: object) => {
  const response = await fetch(`${inngest.url}/_emulator/faults`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as unknown };
};
const send = async (n: number) => {
  await app.client.send({ name: 'x', data: { n } });
  await inngest.idle();
};

test('a refused event is sent again by the SDK', async () => {
  await fault({ on: 'events', do: 'refuse' });
  await send(1);
  expect(ran).toEqual(['one 1', 'two 1']);
});

test('a lost event is acknowledged and gone', async () => {
  inngest.fail({ on: 'events', do: 'lose', count: 1 });
  await send(1);
  await send(2);
  expect(ran).toEqual(['one 2', 'two 2']);
});

test('a repeated event runs twice', async () => {
  inngest.fail({ on: 'events', do: 'repeat', count: 1 });
  await send(1);
  expect(ran.sort()).toEqual(['one 1', 'one 1', 'two 1', 'two 1']);
});

test('a delayed event is overtaken', async () => {
  await fault({ on: 'events', do: 'delay', by: '1m' });
  await send(1);
  await send(2);
  expect(ran).toEqual(['one 2', 'two 2']);
  await inngest.advance(61_000);
  expect(ran).toEqual(['one 2', 'two 2', 'one 1', 'two 1']);
});

test('a step whose answer is lost is run again, and nothing else is', async () => {
  inngest.fail({ on: 'calls', do: 'lose', count: 1 });
  await send(1);
  expect(ran).toEqual(['one 1']);
  await inngest.advance(60_000);
  expect(ran).toEqual(['one 1', 'one 1', 'two 1']);
});

test('a fault that is none is refused with what there is', async () => {
  expect(await fault({ on: 'events', do: 'explode' })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('refuse | lose | repeat | delay') },
  });
  expect(await fault({ on: 'events', do: 'delay' })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('by') },
  });
  await fault({ on: 'calls', do: 'refuse', count: 5 });
  await fetch(`${inngest.url}/_emulator/faults`, { method: 'DELETE' });
  await send(1);
  expect(ran).toEqual(['one 1', 'two 1']);
});
