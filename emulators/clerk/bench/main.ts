import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClerkClient } from '@clerk/backend';
import { startClerkEmulator } from '../src/index.ts';

const STARTS = 15;
const CREATED = 5000;
const MANY = 100_000;
/** Calls under way at a time. */
const PARALLEL = 32;

const print = (line: string) => process.stdout.write(`${line}\n`);
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** How long `startClerkEmulator` takes, a new RSA key included. */
async function measureStart(): Promise<void> {
  const times: number[] = [];
  for (let run = 0; run < STARTS; run++) {
    const begun = performance.now();
    const clerk = await startClerkEmulator();
    times.push(performance.now() - begun);
    await clerk.stop();
  }
  print(
    `start in a process: median ${median(times).toFixed(0)} ms, worst ${Math.max(...times).toFixed(0)} ms`,
  );

  const programs: number[] = [];
  for (let run = 0; run < STARTS; run++) {
    const begun = performance.now();
    const { child } = await startProgram();
    programs.push(performance.now() - begun);
    await end(child);
  }
  print(`start as a program: median ${median(programs).toFixed(0)} ms`);
}

/** How many users the official client creates in a second, and how soon their webhooks have all arrived. */
async function measureCreation(): Promise<void> {
  const receiver = await startReceiver();
  const { child, ready } = await startProgram('--webhook-url', receiver.url);
  const { users } = createClerkClient({ ...ready, telemetry: { disabled: true } });
  const begun = performance.now();
  await inParallel(CREATED, (n) =>
    users.createUser({ emailAddress: [`user${n}@example.com`], firstName: 'Ada' }),
  );
  const created = performance.now() - begun;
  await fetch(`${ready.apiUrl}/_emulator/idle`, { method: 'POST' });
  const delivered = performance.now() - begun;
  print(
    `users created a second: ${rate(CREATED, created)}; webhooks delivered a second: ${rate(receiver.count(), delivered)}`,
  );
  await end(child);
  receiver.server.close();
}

/** What the emulator's process holds with many users, each of them told to a webhook. */
async function measureMemory(dataDir: string | undefined): Promise<void> {
  const receiver = await startReceiver();
  const { child, ready } = await startProgram(
    '--webhook-url',
    receiver.url,
    ...(dataDir === undefined ? [] : ['--data-dir', dataDir]),
  );
  const headers = { authorization: `Bearer ${ready.secretKey}`, 'content-type': 'application/json' };
  await inParallel(MANY, async (n) => {
    const body = {
      email_address: [`user${n}@example.com`],
      first_name: 'Ada',
      last_name: `Lovelace ${n}`,
      public_metadata: { role: 'user' },
    };
    const answer = await fetch(`${ready.apiUrl}/v1/users`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    await answer.text();
  });
  await fetch(`${ready.apiUrl}/_emulator/idle`, { method: 'POST' });
  const listed = performance.now();
  await (await fetch(`${ready.apiUrl}/v1/users?limit=500&offset=50000`, { headers })).text();
  const page = performance.now() - listed;
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const megabytes = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
  const where = dataDir === undefined ? 'in memory' : 'in a data folder';
  print(
    `${MANY} users ${where}, ${receiver.count()} webhooks: ${megabytes('VmRSS')} MB, at most ${megabytes('VmHWM')} MB; ` +
      `a page of 500 from the middle in ${page.toFixed(0)} ms`,
  );
  await end(child);
  receiver.server.close();
}

interface Ready {
  apiUrl: string;
  publishableKey: string;
  secretKey: string;
}

async function startProgram(...flags: string[]): Promise<{ child: ChildProcess; ready: Ready }> {
  const program = join(import.meta.dirname, '../src/main.ts');
  const child = fork(program, ['--port', '0', ...flags], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [{ ready }] = (await once(child, 'message')) as [{ ready: Ready }];
  return { child, ready };
}

async function end(child: ChildProcess): Promise<void> {
  child.disconnect();
  await once(child, 'exit');
}

async function startReceiver(): Promise<{ server: Server; url: string; count(): number }> {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      count++;
      response.end('{"received":true}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, count: () => count };
}

async function inParallel(count: number, act: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

const rate = (count: number, ms: number) => Math.round((count * 1000) / ms);

print(`Node ${process.version}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)} at the beginning`);
await measureStart();
await measureCreation();
await measureMemory(undefined);
const dataDir = mkdtempSync(join(tmpdir(), 'clerk-bench-'));
await measureMemory(dataDir);
rmSync(dataDir, { recursive: true });
