import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { startMongoEmulator } from '@frontdesk/mongo-emulator';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { clerkInstance } from '../support/clerk-instance.ts';
import { launch, run } from './process.ts';

/** The environment of A1 and no more, but for what keeps the test on this machine. */
const { publishableKey, secretKey, jwtKey } = clerkInstance();
const PRODUCTION = {
  NODE_ENV: 'production',
  CLERK_PUBLISHABLE_KEY: publishableKey,
  CLERK_SECRET_KEY: secretKey,
  CLERK_WEBHOOK_SECRET: `whsec_${Buffer.from('a secret of 24 characters').toString('base64')}`,
  CLERK_JWT_KEY: jwtKey,
  CLERK_API_URL: 'http://127.0.0.1:9',
  INNGEST_EVENT_KEY: 'event-key',
  INNGEST_SIGNING_KEY: 'signkey-prod-0123456789abcdef',
  INNGEST_BASE_URL: 'http://127.0.0.1:9',
  HOST: '127.0.0.1',
  PORT: '0',
};

/** Each test starts a whole process, and other work may be going on. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let mongo: Awaited<ReturnType<typeof startMongoEmulator>>;
beforeAll(async () => {
  mongo = await startMongoEmulator({ port: 0 });
});
afterAll(() => mongo.stop());

test('A1 it does not start in production with a development server for Inngest, nor without its keys', async () => {
  const { INNGEST_SIGNING_KEY: _, ...unsigned } = PRODUCTION;
  const refused = await run('src/main.ts', [], { ...unsigned, MONGODB_URI: mongo.uri, INNGEST_DEV: '1' });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('INNGEST_DEV is for development only');
  expect(refused.stderr).toContain('INNGEST_SIGNING_KEY is not set');
  expect(refused.stderr).not.toContain(secretKey);
});

test('on SIGTERM readiness goes red, the request in flight is answered, and the exit code is 0', async () => {
  const { child, output } = launch('src/main.ts', [], { ...PRODUCTION, MONGODB_URI: mongo.uri });
  onTestFinished(() => void child.kill('SIGKILL'));
  const url = await vi.waitFor(() => new URL(/"url":"([^"]+)/.exec(output())?.[1] ?? ''), {
    timeout: 100_000,
    interval: 20,
  });
  const readiness = async () => (await fetch(`${url.origin}/api/ready`)).status;
  expect(await readiness()).toBe(200);

  const body = '{"name":"Tea"}';
  const socket = connect(Number(url.port), url.hostname);
  const answer = text(socket);
  // The server says "continue" once it has the request, and then waits for its body.
  socket.write(
    `POST /api/products HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  await once(socket, 'readable');
  child.kill('SIGTERM');
  await expect.poll(readiness, { timeout: 20_000 }).toBe(503);
  socket.write(body);

  expect(await answer).toMatch(/HTTP\/1\.1 401 [\s\S]*"Unauthorized - Invalid token"/);
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
});
