import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClerkClient } from '@clerk/backend';
import { openStorage } from '@frontdesk/emulator-kit';
import { newId } from '../src/ids.ts';
import { startClerkEmulator } from '../src/index.ts';
import { migrations } from '../src/schema.ts';
import { createUserStore, type NewUser } from '../src/users/user-store.ts';

const STARTS = 15;
const CREATED = 3000;
const MANY = 100_000;
const PAGE = 500;
/** Calls under way at a time. */
const PARALLEL = 32;

const SOMEBODY: NewUser = {
  id: '',
  external_id: null,
  username: null,
  first_name: 'Ada',
  last_name: null,
  locale: null,
  primary_email_address_id: null,
  public_metadata: '{"role":"user"}',
  private_metadata: '{}',
  unsafe_metadata: '{}',
  password_updated_at: null,
  banned: 0,
  locked_until: null,
  delete_self_enabled: 1,
  create_organization_enabled: 1,
  create_organizations_limit: null,
  bypass_client_trust: 0,
  legal_accepted_at: null,
  last_sign_in_at: null,
  last_active_at: null,
  created_at: 1_700_000_000_000,
  updated_at: 1_700_000_000_000,
};

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
    `users created a second: ${rate(CREATED, created)}; told a second: ${rate(receiver.count(), delivered)}`,
  );
  const spent = processorMs(child) / CREATED;
  print(`the emulator's own processor time for a user and its webhook: ${spent.toFixed(2)} ms`);
  await end(child);
  receiver.server.close();
}

/** What the emulator's process holds with many users in its folder, after paging through them all and making more. */
async function measureMemory(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'clerk-bench-'));
  fill(dataDir);
  const receiver = await startReceiver();
  const { child, ready } = await startProgram('--data-dir', dataDir, '--webhook-url', receiver.url);
  const { users } = createClerkClient({ ...ready, telemetry: { disabled: true } });
  let slowest = 0;
  for (let offset = 0; offset < MANY; offset += PAGE) {
    const begun = performance.now();
    await users.getUserList({ limit: PAGE, offset });
    slowest = Math.max(slowest, performance.now() - begun);
  }
  await inParallel(CREATED, (n) => users.createUser({ emailAddress: [`more${n}@example.com`] }));
  await fetch(`${ready.apiUrl}/_emulator/idle`, { method: 'POST' });
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const megabytes = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
  print(
    `${MANY} users, all listed, ${CREATED} more created and told: ${megabytes('VmRSS')} MB, at most ` +
      `${megabytes('VmHWM')} MB; the slowest page of ${PAGE} with its count took ${slowest.toFixed(0)} ms`,
  );
  await end(child);
  receiver.server.close();
  rmSync(dataDir, { recursive: true });
}

/** Writes users straight into a data folder: through the API it would take minutes. */
function fill(dataDir: string): void {
  const storage = openStorage({ dataDir, name: 'clerk', migrations });
  const users = createUserStore(storage.db);
  const now = Date.now();
  storage.transaction(() => {
    for (let n = 0; n < MANY; n++) {
      const id = newId('idn', now);
      const seq = users.add({
        ...SOMEBODY,
        id: newId('user', now),
        last_name: `Lovelace ${n}`,
        primary_email_address_id: id,
      });
      users.addEmail({
        id,
        user_seq: seq,
        email_address: `user${n}@example.com`,
        verified: 1,
        reserved: 0,
        created_at: now,
        updated_at: now,
      });
    }
  });
  storage.close();
}

/** The processor time that a child has used so far, its start included, in milliseconds (proc(5), ticks of 10 ms). */
function processorMs(child: ChildProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
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
const measures = { start: measureStart, creation: measureCreation, memory: measureMemory };
const asked = process.argv.slice(2);
for (const [name, measure] of Object.entries(measures)) {
  if (asked.length === 0 || asked.includes(name)) await measure();
}
