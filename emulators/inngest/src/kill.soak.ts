import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const EVENTS = 500;
const KILLS = 10;
let folder: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inngest-kill-'));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const startChild = async <T>(
  file: URL,
  args: string[],
  env: object,
): Promise<{ child: ChildProcess; message: T }> => {
  const child = fork(file, args, {
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  children.push(child);
  return { child, message: await new Promise<T>((resolve) => child.once('message', resolve)) };
};
const kill = async (child: ChildProcess) => {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
};

test(`${KILLS} times kill -9 of emulator and app during ${EVENTS} events: none is lost, no finished step is run again`, async () => {
  const effects = join(folder, 'effects.log');
  writeFileSync(effects, '');
  const startEmulator = (port: number, app: number) =>
    startChild<{ ready: { url: string } }>(
      new URL('main.ts', import.meta.url),
      ['-p', `${port}`, '--data-dir', folder, ...(app ? ['-u', `http://127.0.0.1:${app}/api/inngest`] : [])],
      {},
    );
  let emulator = await startEmulator(0, 0);
  const { url } = emulator.message.ready;
  const port = Number(new URL(url).port);
  const startApp = (at: number) =>
    startChild<{ port: number }>(new URL('../test/kill-app.ts', import.meta.url), [], {
      INNGEST_URL: url,
      PORT: `${at}`,
      EFFECTS: effects,
    });
  let app = await startApp(0);
  const appPort = app.message.port;
  await kill(emulator.child);
  emulator = await startEmulator(port, appPort);
  await fetch(`http://127.0.0.1:${appPort}/api/inngest`, { method: 'PUT' });

  let acknowledged = 0;
  const sending = (async () => {
    for (let n = 0; n < EVENTS; ) {
      const body = JSON.stringify({ name: 'kill', id: `event-${n}`, data: { n } });
      const ok = await fetch(`${url}/e/key`, { method: 'POST', body }).then(
        (response) => response.ok,
        () => false,
      );
      if (!ok) await sleep(20);
      else {
        n++;
        acknowledged = n;
      }
    }
  })();
  for (let i = 0; i < KILLS; i++) {
    const from = acknowledged;
    await vi.waitFor(
      () => expect(acknowledged === EVENTS || acknowledged >= from + EVENTS / (KILLS + 2)).toBe(true),
      { timeout: 60_000, interval: 5 },
    );
    await sleep(Math.random() * 50);
    if (i % 3 !== 1) await kill(emulator.child);
    if (i % 3 !== 0) await kill(app.child);
    if (i % 3 !== 1) emulator = await startEmulator(port, appPort);
    if (i % 3 !== 0) app = await startApp(appPort);
  }
  await sending;

  const lines = () => readFileSync(effects, 'utf8').trim().split('\n');
  const ended = () => new Set(lines().filter((line) => line.startsWith('end ')));
  await vi.waitFor(
    async () => {
      // What waits for its next attempt need not be waited for.
      await fetch(`${url}/_emulator/clock/advance`, { method: 'POST', body: '{"by":"1m"}' });
      expect(ended().size).toBe(EVENTS);
    },
    { timeout: 120_000, interval: 200 },
  );
  // A step begins when the results of those before it are acknowledged: from then on they must not run again.
  const finishedBefore: Record<string, string[]> = {
    one: [],
    two: ['one'],
    three: ['one', 'two'],
    four: ['one', 'two'],
  };
  const finished = new Set<string>();
  const again: string[] = [];
  for (const line of lines().filter((text) => text.startsWith('begin '))) {
    const [, n, step = ''] = line.split(' ');
    for (const before of finishedBefore[step] ?? []) finished.add(`${n} ${before}`);
    if (finished.has(`${n} ${step}`)) again.push(line);
  }
  expect(again).toEqual([]);
}, 300_000);
