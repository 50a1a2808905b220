import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClerkClient } from '@clerk/backend';
import { expect, test } from 'vitest';
import { startClerkEmulator } from './index.ts';
import { startReceiver } from './testing/receiver.ts';

const ROUNDS = 15;
const CALLS_AT_ONCE = 8;

interface Ready {
  apiUrl: string;
  secretKey: string;
}

async function start(dataDir: string, webhookUrl: string): Promise<{ child: ChildProcess; ready: Ready }> {
  const flags = ['--port', '0', '--data-dir', dataDir, '--webhook-url', webhookUrl];
  const child = fork(join(import.meta.dirname, 'main.ts'), flags, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ ready }] = (await once(child, 'message')) as [{ ready: Ready }];
  return { child, ready };
}

/** Creates users until the emulator is gone, and answers those that it has acknowledged. */
async function createUntilGone(ready: Ready, round: number): Promise<string[]> {
  const { users } = createClerkClient({ ...ready, telemetry: { disabled: true } });
  const acknowledged: string[] = [];
  let made = 0;
  const work = async () => {
    for (;;) {
      const username = `round_${round}_${made++}`;
      const user = await users.createUser({ username }).catch(() => undefined);
      if (user === undefined) return;
      acknowledged.push(user.id);
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
  return acknowledged;
}

test('killed at any moment, again and again, it loses no user that it acknowledged and no webhook of one', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'clerk-soak-'));
  const receiver = await startReceiver();
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { child, ready } = await start(dataDir, receiver.url);
    const creating = createUntilGone(ready, round);
    const told = receiver.received.length;
    // In the middle of the work, and each time at another point of it.
    await expect.poll(() => receiver.received.length, { timeout: 60_000 }).toBeGreaterThan(told + 7 * round);
    child.kill('SIGKILL');
    await once(child, 'exit');
    acknowledged.push(...(await creating));
  }
  const clerk = await startClerkEmulator({ dataDir });
  await clerk.idle();
  const told = new Set(
    receiver.received.map(({ body }) => (JSON.parse(body) as { data: { id: string } }).data.id),
  );
  const { users } = createClerkClient({ ...clerk, telemetry: { disabled: true } });
  expect(acknowledged.filter((id) => !told.has(id))).toEqual([]);
  expect(await users.getCount()).toBe(told.size);
  expect(told.size).toBeGreaterThanOrEqual(acknowledged.length);
  await clerk.stop();
  await receiver.close();
  rmSync(dataDir, { recursive: true });
});
