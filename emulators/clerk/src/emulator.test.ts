import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ClerkEmulator, type ClerkEmulatorOptions, startClerkEmulator } from './index.ts';
import { clientOf } from './testing/client.ts';
import { startReceiver } from './testing/receiver.ts';

let dataDir: string;
let running: ClerkEmulator[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'clerk-'));
});
afterEach(async () => {
  await Promise.all(running.map((clerk) => clerk.stop()));
  running = [];
  chmodSync(dataDir, 0o700);
  rmSync(dataDir, { recursive: true });
});

async function start(options: ClerkEmulatorOptions = {}): Promise<ClerkEmulator> {
  const clerk = await startClerkEmulator(options);
  running.push(clerk);
  return clerk;
}

async function stop(clerk: ClerkEmulator): Promise<void> {
  running = running.filter((other) => other !== clerk);
  await clerk.stop();
}

test('with a data folder everything comes back after a restart', async () => {
  const first = await start({ dataDir });
  const user = await clientOf(first).users.createUser({
    emailAddress: ['ada@x.test'],
    publicMetadata: { role: 'admin' },
  });
  const { session } = first.signIn(user.id);
  first.advance(60_000);
  first.origin = 'https://shop.test';
  const kid = await first.rotateSigningKey();
  const { publishableKey, secretKey, jwtKey, webhookSecret } = first;
  const times = first.clock.offset();
  await stop(first);

  const second = await start({ dataDir });
  expect({ ...second, apiUrl: '' }).toMatchObject({ publishableKey, secretKey, jwtKey, webhookSecret });
  expect((await clientOf(second).users.getUser(user.id)).raw).toEqual(
    (await clientOf(second).users.getUserList()).data[0]?.raw,
  );
  expect((await clientOf(second).users.getUser(user.id)).publicMetadata).toEqual({ role: 'admin' });
  expect((await clientOf(second).sessions.getSession(session.id)).status).toBe('active');
  const token = second.token(session.id);
  expect(decodeProtectedHeader(token).kid).toBe(kid);
  expect(decodeJwt(token).azp).toBe('https://shop.test');
  expect(second.signingKeys()).toHaveLength(2);
  expect(second.clock.offset()).toBe(times);
});

test('without a data folder keys and secrets are new at each start', async () => {
  const [one, other] = await Promise.all([start(), start()]);
  expect(one.jwtKey).not.toBe(other.jwtKey);
  expect(one.secretKey).not.toBe(other.secretKey);
  expect(one.webhookSecret).not.toBe(other.webhookSecret);
  expect(one.publishableKey).not.toBe(other.publishableKey);
});

test('what was still to be delivered at a stop is delivered after the next start', async () => {
  const receiver = await startReceiver();
  receiver.answer = () => 'nothing';
  const first = await start({ dataDir, webhookUrl: receiver.url });
  await clientOf(first).users.createUser({ username: 'somebody' });
  await expect.poll(() => receiver.received.length).toBe(1);
  await stop(first);
  receiver.answer = () => 200;
  const second = await start({ dataDir });
  expect(second.webhookUrl).toBe(receiver.url);
  await second.idle();
  expect(receiver.received.map(({ id }) => id)).toEqual([receiver.received[0]?.id, receiver.received[0]?.id]);
  expect(second.deliveries()).toMatchObject([{ state: 'delivered' }]);
  await receiver.close();
});

test('of finished webhooks only the newest are remembered, of pending ones all', async () => {
  const receiver = await startReceiver();
  const clerk = await start({ webhookUrl: receiver.url, historyLimit: 50 });
  const { users } = clientOf(clerk);
  receiver.answer = ({ body }) => (body.includes('pending_one') ? 500 : 200);
  await users.createUser({ username: 'pending_one' });
  const user = await users.createUser({ username: 'busy_one' });
  for (let n = 0; n < 120; n++) clerk.signIn(user.id);
  await clerk.idle();
  const kept = clerk.deliveries({ limit: 500 });
  expect(kept.length).toBeGreaterThanOrEqual(51);
  expect(kept.length).toBeLessThan(121);
  expect(kept.at(-1)?.state).toBe('pending');
  await receiver.close();
});

test('a port in use, a used, broken or unwritable data folder and a bad address are refused with the cure', async () => {
  const clerk = await start({ dataDir });
  const port = Number(new URL(clerk.apiUrl).port);
  const refusal = (options: ClerkEmulatorOptions) =>
    start(options).then(
      () => 'started',
      (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
    );
  expect(await refusal({ port })).toMatch(/^port_in_use: port \d+ .* choose another port/);
  expect(await refusal({ dataDir })).toMatch(/^storage_in_use: .*clerk\.sqlite is in use by another process/);
  await stop(clerk);

  expect(await refusal({ dataDir, port: -1 })).not.toBe('started');
  expect(await refusal({ dataDir, webhookUrl: 'localhost:3000' })).toMatch(/^webhook_url_invalid: .* http:/);
  writeFileSync(join(dataDir, 'clerk.sqlite'), 'this is no database'.repeat(100));
  expect(await refusal({ dataDir })).toMatch(/^storage_broken: .* remove it to begin anew/);
  expect(await refusal({ dataDir: join(dataDir, 'clerk.sqlite') })).toMatch(/^storage_not_writable: /);
});

test('a start that was refused leaves the data folder free for the next one', async () => {
  await expect(start({ dataDir, webhookUrl: 'ftp://x.test' })).rejects.toThrow(/no http or https address/);
  await start({ dataDir });
});
