import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClerkClient } from '@clerk/backend';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startClerkEmulator } from './index.ts';
import { type Receiver, startReceiver } from './testing/receiver.ts';

const program = join(import.meta.dirname, 'main.ts');

interface Ready {
  apiUrl: string;
  publishableKey: string;
  secretKey: string;
  jwtKey: string;
  webhookSecret: string;
}

let dataDir: string;
let receiver: Receiver;
let started: ChildProcess[] = [];
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'clerk-'));
  receiver = await startReceiver();
});
afterEach(async () => {
  for (const child of started)
    if (child.exitCode === null && child.signalCode === null) await kill(child, 'SIGKILL');
  started = [];
  await receiver.close();
  rmSync(dataDir, { recursive: true });
});

async function start(...flags: string[]): Promise<{ child: ChildProcess; ready: Ready }> {
  const child = fork(program, ['--port', '0', ...flags], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  started.push(child);
  const [{ ready }] = (await once(child, 'message')) as [{ ready: Ready }];
  return { child, ready };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  child.kill(signal);
  const [code, by] = await once(child, 'exit');
  return by ?? code;
}

const run = (...flags: string[]) => spawnSync(process.execPath, [program, ...flags], { encoding: 'utf8' });

test('a parent process is told how to connect, and ends the emulator by hanging up', async () => {
  const { child, ready } = await start('--webhook-url', receiver.url);
  expect(Object.keys(ready)).toEqual(['apiUrl', 'publishableKey', 'secretKey', 'jwtKey', 'webhookSecret']);
  const { users } = createClerkClient({ ...ready, telemetry: { disabled: true } });
  await users.createUser({ emailAddress: ['ada@x.test'] });
  await expect.poll(() => receiver.received.map(({ type }) => type)).toEqual(['user.created']);
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a killed emulator delivers after its restart every webhook that it owed', async () => {
  const users = 30;
  receiver.answer = () => 'nothing';
  const first = await start('--data-dir', dataDir, '--webhook-url', receiver.url);
  const client = createClerkClient({ ...first.ready, telemetry: { disabled: true } });
  const made = Array.from({ length: users }, (_, n) => client.users.createUser({ username: `user_${n}` }));
  const ids = (await Promise.all(made)).map(({ id }) => id);
  await expect.poll(() => receiver.received.length).toBeGreaterThan(0);
  expect(await kill(first.child, 'SIGKILL')).toBe('SIGKILL');

  receiver.received.length = 0;
  receiver.answer = () => 200;
  const second = await startClerkEmulator({ dataDir });
  expect(second.secretKey).toBe(first.ready.secretKey);
  await second.idle();
  const told = receiver.received.map(({ body }) => (JSON.parse(body) as { data: { id: string } }).data.id);
  expect(told.toSorted()).toEqual(ids.toSorted());
  await second.stop();
});

test('the help says what there is', () => {
  const { status, stdout } = run('--help');
  expect(status).toBe(0);
  for (const flag of ['--port', '--host', '--webhook-url', '--data-dir']) expect(stdout).toContain(flag);
});

test.each([
  [['--port', 'many'], 1, /--port many is no port/],
  [['--webhook-url', 'nowhere'], 1, /nowhere is no http or https address/],
  [['--colour'], 2, /--colour/],
])('%j is refused in one line', (flags, code, text) => {
  const { status, stderr } = run('--port', '0', ...flags);
  expect(status).toBe(code);
  expect(stderr).toMatch(text);
  expect(stderr).not.toContain('    at ');
});
