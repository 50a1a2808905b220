import { afterEach, beforeEach, expect, test } from 'vitest';
import { type App, startApp } from '../test/apps.ts';
import { type InngestEmulator, startInngestEmulator } from './index.ts';

let inngest: InngestEmulator;
let app: App;
beforeEach(async () => {
  inngest = await startInngestEmulator();
  let tried = 0;
  app = await startApp(inngest.url, (c) => [
    c.createFunction({ id: 'fn', triggers: { event: 'x' } }, async ({ step }) => {
      await step.run('shaky', () => {
        if (tried++ === 0) throw new Error('first time');
        return 'second time';
      });
      await step.sleep('nap', '1h');
      return 'end';
    }),
  ]);
  await inngest.addApp(app.url);
});
afterEach(async () => {
  await app.stop();
  await inngest.stop();
});
const ask = async (path: string, method = 'GET', body?: string) => {
  const response = await fetch(inngest.url + path, { method, ...(body === undefined ? {} : { body }) });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
};

test('the page and its parts are served', async () => {
  expect(await ask('/')).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
  expect((await ask('/_emulator/page.js')).type).toBe('text/javascript; charset=utf-8');
  expect((await ask('/_emulator/page.css')).type).toBe('text/css; charset=utf-8');
});

test('it shows each step with its attempts and errors, runs again and cancels', async () => {
  await ask('/_emulator/events', 'POST', '{"name":"x","data":{"n":1}}');
  await inngest.advance(60_000);
  const { runs, events, triggers } = JSON.parse((await ask('/_emulator/overview')).text);
  expect(events).toMatchObject([{ name: 'x', data: { n: 1 } }]);
  expect(triggers).toEqual(['x']);
  const run = JSON.parse((await ask(`/_emulator/runs/${runs[0].id}`)).text);
  expect(run).toMatchObject({
    function: 'app-fn',
    status: 'running',
    events: [{ name: 'x' }],
    steps: [
      {
        name: 'shaky',
        status: 'completed',
        attempts: 2,
        failures: [{ attempt: 0, error: { message: 'first time' } }],
      },
      { name: 'nap', op: 'Sleep', status: 'pending', ended_at: null },
    ],
  });
  const again = JSON.parse((await ask(`/_emulator/runs/${run.id}/rerun`, 'POST')).text);
  expect(again.run_id).not.toBe(run.id);
  expect((await ask(`/_emulator/runs/${run.id}/cancel`, 'POST')).status).toBe(200);
  await inngest.advance(2 * 3_600_000);
  const ends = [again.run_id, run.id].map(
    async (id) => JSON.parse((await ask(`/_emulator/runs/${id}`)).text).status,
  );
  expect(await Promise.all(ends)).toEqual(['completed', 'cancelled']);
  expect((await ask('/_emulator/runs/unknown/rerun', 'POST')).status).toBe(404);
});
