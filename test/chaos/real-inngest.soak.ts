import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listen } from '@frontdesk/emulator-kit';
import type { Connection } from 'mongoose';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Backend, startBackend } from '../../src/backend.ts';
import { connectDatabase } from '../../src/config/database.ts';
import { parseEnv } from '../../src/config/env.ts';
import { createLog } from '../../src/config/log.ts';
import { ledgerModel } from '../../src/identity/ledger-model.ts';
import { userModel } from '../../src/identity/user-model.ts';
import { type Stack, startStack } from '../support/stack.ts';

const shared = process.env.FRONTDESK_SHARED ?? join(import.meta.dirname, '../../../shared');
/** The real server, where there is one. */
const program = process.env.INNGEST_SERVER ?? join(shared, 'servers/inngest');
const KEY = 'ab'.repeat(32);
const EVENT_KEY = 'cd'.repeat(16);
const EVENTS = 500;

describe.skipIf(!existsSync(program))('on the real Inngest server (skipped where there is none)', () => {
  let stack: Stack;
  let backend: Backend;
  let connection: Connection;
  let inngest: ChildProcess;
  let startInngest: () => ChildProcess;
  const dataDir = mkdtempSync(join(tmpdir(), 'frontdesk-inngest-'));

  beforeAll(async () => {
    // Its MongoDB, Clerk and inbox; the backend under test is another one.
    stack = await startStack();
    const [port, ...rest] = await freePorts(4);
    backend = await startBackend(
      parseEnv({
        ...stack.environment,
        INNGEST_DEV: '0',
        INNGEST_BASE_URL: `http://127.0.0.1:${port}`,
        INNGEST_EVENT_KEY: EVENT_KEY,
        INNGEST_SIGNING_KEY: `signkey-test-${KEY}`,
      }),
      { log: createLog({ logLevel: 'silent' }) },
    );
    connection = await connectDatabase(stack.mongodbUri);
    startInngest = () =>
      spawn(
        program,
        [
          'start',
          ...['--port', String(port), '--sqlite-dir', dataDir, '--poll-interval', '2'],
          ...['--signing-key', KEY, '--event-key', EVENT_KEY, '-u', `${backend.url}/api/inngest`],
          ...['--connect-gateway-port', String(rest[0]), '--connect-gateway-grpc-port', String(rest[1])],
          ...['--connect-executor-grpc-port', String(rest[2])],
        ],
        { stdio: 'ignore', detached: true },
      );
    inngest = startInngest();
    await vi.waitFor(async () => expect(await answers(port)).toBe(true), { timeout: 60_000, interval: 200 });
  }, 120_000);

  afterAll(async () => {
    if (inngest) await kill(inngest);
    await connection?.close();
    await backend?.stop();
    await stack?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }, 60_000);

  const users = (prefix: string) =>
    userModel(connection).countDocuments({ clerkId: new RegExp(`^${prefix}`) });

  test('a sign-up reaches the mirror and the inbox', async () => {
    await expect
      .poll(
        async () => {
          await deliver(backend.url, stack.clerk.webhookSecret, 'user_first_0');
          return users('user_first');
        },
        { timeout: 60_000, interval: 1000 },
      )
      .toBe(1);
    await expect.poll(() => stack.inbox.mails.length, { timeout: 60_000 }).toBe(1);
  }, 150_000);

  test(`killed within 0.2 s of ${EVENTS} acknowledged webhooks and started again, it has every user within two minutes`, async () => {
    const ids = Array.from({ length: EVENTS }, (_, index) => `user_killed_${index}`);
    const statuses = await Promise.all(ids.map((id) => deliver(backend.url, stack.clerk.webhookSecret, id)));
    await kill(inngest);
    expect(new Set(statuses)).toEqual(new Set([200]));
    const before = await users('user_killed');
    inngest = startInngest();
    const from = performance.now();
    await expect.poll(() => users('user_killed'), { timeout: 240_000, interval: 500 }).toBe(EVENTS);
    const seconds = (performance.now() - from) / 1000;
    process.stdout.write(
      `${before} of ${EVENTS} were there when it was killed, all after ${seconds.toFixed(0)} s\n`,
    );
    expect(seconds).toBeLessThan(120);
    const open = { clerkId: /^user_killed/, status: { $in: ['received', 'failed'] } } as const;
    await expect.poll(() => ledgerModel(connection).countDocuments(open), { timeout: 60_000 }).toBe(0);
  }, 400_000);
});

async function deliver(api: string, secret: string, clerkId: string): Promise<number> {
  const at = Date.now();
  const address = {
    id: 'idn_1',
    email_address: `${clerkId}@shop.example`,
    verification: { status: 'verified' },
  };
  const data = {
    id: clerkId,
    primary_email_address_id: 'idn_1',
    email_addresses: [address],
    created_at: at,
    updated_at: at,
  };
  const body = JSON.stringify({ type: 'user.created', timestamp: at, data });
  const id = `msg_${clerkId}_${at}`;
  const response = await fetch(`${api}/api/webhooks/clerk`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'svix-id': id,
      'svix-timestamp': String(Math.floor(at / 1000)),
      'svix-signature': new Webhook(secret).sign(id, new Date(at), body),
    },
  });
  await response.body?.cancel();
  return response.status;
}

async function answers(port: number | undefined): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health`)).ok;
  } catch {
    return false;
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const taken = await Promise.all(servers.map((server) => listen(server, { port: 0 })));
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return taken.map(({ port }) => port);
}

/** The server and what it started: the wrapper may be a script. */
async function kill(server: ChildProcess): Promise<void> {
  const exited = once(server, 'exit');
  if (server.pid !== undefined) process.kill(-server.pid, 'SIGKILL');
  await exited;
}
