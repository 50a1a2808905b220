import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClerkClient } from '@clerk/backend';
import { startClerkEmulator } from '@frontdesk/clerk-emulator';
import { startMongoEmulator } from '@frontdesk/mongo-emulator';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts, realServer, startRealServer } from '../../emulators/inngest/test/real-server.ts';
import { startInbox } from '../support/inbox.ts';
import { call, signUp } from '../support/people.ts';
import { launch } from './process.ts';

const program = realServer();
/** The server takes it as it is, the SDK with its usual beginning. */
const SIGNING_KEY = '0123456789abcdef0123456789abcdef';
const EVENT_KEY = 'fedcba9876543210';
const PATIENT = { timeout: 60_000, interval: 100 };

test.skipIf(program !== undefined)(
  'skipped: the real Inngest server is not at ../shared/servers/inngest (or FRONTDESK_SHARED)',
  () => {},
);

test.skipIf(program === undefined)(
  'A16 A17 a sign-up in production: signed webhook, signed Inngest, the user stored, one welcome e-mail',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontdesk-inngest-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [mongo, clerk, inbox, [port]] = await Promise.all([
      startMongoEmulator({ port: 0 }),
      startClerkEmulator({ port: 0 }),
      startInbox(),
      freePorts(1),
    ]);
    onTestFinished(async () => {
      await Promise.all([mongo.stop(), clerk.stop(), inbox.stop()]);
    });
    const api = `http://127.0.0.1:${port}`;
    const inngest = await startRealServer(program!, [
      'start',
      '--signing-key',
      SIGNING_KEY,
      '--event-key',
      EVENT_KEY,
      '--sqlite-dir',
      folder,
      '--sdk-url',
      `${api}/api/inngest`,
      '--poll-interval',
      '1',
    ]);
    onTestFinished(() => inngest.stop());
    clerk.webhookUrl = `${api}/api/webhooks/clerk`;
    const { child, output } = launch('src/main.ts', [], {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: `${port}`,
      CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
      CLERK_SECRET_KEY: clerk.secretKey,
      CLERK_WEBHOOK_SECRET: clerk.webhookSecret,
      CLERK_API_URL: clerk.apiUrl,
      MONGODB_URI: mongo.uri,
      INNGEST_BASE_URL: inngest.url,
      INNGEST_SIGNING_KEY: `signkey-prod-${SIGNING_KEY}`,
      INNGEST_EVENT_KEY: EVENT_KEY,
      SMTP_URL: inbox.smtpUrl,
    });
    onTestFinished(async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    });
    // The server calls the app as soon as it answers, and then knows its functions.
    await expect.poll(output, PATIENT).toContain('/api/inngest');
    expect((await call(api, 'POST /api/inngest', { body: {} })).status).toBe(401);

    const clerkClient = createClerkClient({ ...clerk, telemetry: { disabled: true } });
    const person = await signUp({ clerkClient });
    const profile = await call(api, 'GET /api/users/profile', { token: await person.token() });
    expect(profile).toMatchObject({ status: 200, body: { user: { clerkId: person.clerkId } } });
    await expect
      .poll(() => inbox.mails.map((mail) => mail.subject), PATIENT)
      .toEqual(['Welcome, Ada Lovelace']);

    // B10: no event, no refusal of a token that is still valid.
    const token = await person.token();
    await clerkClient.users.deleteUser(person.clerkId);
    await expect
      .poll(async () => (await call(api, 'GET /api/users/profile', { token })).status, PATIENT)
      .not.toBe(200);
  },
);
