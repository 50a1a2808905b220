import { createClerkClient } from '@clerk/backend';
import { startClerkEmulator } from '@frontdesk/clerk-emulator';
import { startInngestEmulator } from '@frontdesk/inngest-emulator';
import express from 'express';
import { serve } from 'inngest/express';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startDatabase } from '../../../test/support/database.ts';
import type { Env } from '../../config/env.ts';
import { listen } from '../../http/server.ts';
import { createClerkPages } from '../clerk-pages.ts';
import { createInngest } from '../inngest-client.ts';
import { createReconcile } from '../reconcile.ts';
import { createSyncRuns, syncRunModel } from '../sync-run.ts';
import { userModel } from '../user-model.ts';
import { createUserStore } from '../user-store.ts';
import { RECONCILE_REQUESTED, reconcileUsers } from './reconcile-users.ts';

const USERS = 12;
const PAGE = 2;
const PAGES_IN_ONE_RUN = 3;
const log = pino({ level: 'silent' });
const now = Date.now;

test('a reconciliation of more pages than one run may have goes on in the next ones, and skips nobody', async () => {
  const clerk = await startClerkEmulator();
  const inngest = await startInngestEmulator();
  const database = await startDatabase(
    (connection) => void [userModel(connection), syncRunModel(connection)],
  );
  const client = createInngest({ env: { inngest: { dev: inngest.url } as Env['inngest'] }, log });
  const users = userModel(database.connection);
  const store = createUserStore({ users, onChange() {}, now });
  const env = { clerk: { apiUrl: clerk.apiUrl, secretKey: clerk.secretKey } as Env['clerk'] };
  const pages = createClerkPages(env, { size: PAGE, calls: 10_000 });
  const reconcile = createReconcile({ pages, store, users, eraseUser: vi.fn(), now, log });
  const runs = createSyncRuns({ runs: syncRunModel(database.connection), reconcile, now });
  const begin = vi.spyOn(runs, 'begin');
  const functions = [reconcileUsers({ inngest: client, runs, pagesInOneRun: PAGES_IN_ONE_RUN })];
  const app = express().use('/api/inngest', express.json(), serve({ client, functions }));
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await inngest.stop();
    await server.drain();
    await Promise.all([clerk.stop(), database.stop()]);
  });
  await inngest.addApp(`${server.url}/api/inngest`);
  const { users: made } = createClerkClient({ ...clerk, telemetry: { disabled: true } });
  for (let index = 0; index < USERS; index++) await made.createUser({ username: `person_${index}` });

  await client.send({ name: RECONCILE_REQUESTED, data: {} });
  await inngest.idle();

  expect(await users.countDocuments()).toBe(USERS);
  expect(await runs.last()).toMatchObject([
    { drift: { checked: USERS, missing: USERS }, cursor: null, finishedAt: expect.any(Number) },
  ]);
  // Six full pages and one that shows the end.
  expect(begin).toHaveBeenCalledTimes(Math.ceil((USERS / PAGE + 1) / PAGES_IN_ONE_RUN));
});
