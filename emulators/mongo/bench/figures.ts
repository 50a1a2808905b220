import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { startMongoEmulator } from '../src/index.ts';
import { Executor } from '../src/server/executor.ts';
import { encodeReply } from '../src/server/reply.ts';
import { Store } from '../src/store/store.ts';
import { startProgram } from '../test/program.ts';
import { connect } from '../test/server.ts';

/** Measures the figures of the README and prints them. Usage: `node bench/figures.ts`. */
const user = (n: number) => ({
  clerkId: `user_${String(n).padStart(24, '0')}`,
  email: `user-${n}@example.com`,
  name: `First${n} Last${n}`,
  imageUrl: `https://img.example.com/${n}.png`,
  role: n % 50 === 0 ? 'moderator' : 'user',
  status: 'active',
  address: [{ label: 'home', street: `Street ${n}`, city: 'Madrid', zip: '28001' }],
  wishlist: [],
  sync: { version: [n, n, `msg_${n}`], revision: 1, roleChangedAt: new Date(n) },
  createdAt: new Date(1_700_000_000_000 + n),
});
const print = (what: string, figure: string) => process.stdout.write(`${what.padEnd(62)} ${figure}\n`);
const milliseconds = async (work: () => Promise<unknown>) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

async function measureStart(): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    let mongo: Awaited<ReturnType<typeof startMongoEmulator>> | undefined;
    times.push(
      await milliseconds(async () => {
        mongo = await startMongoEmulator();
      }),
    );
    await mongo?.stop();
  }
  print(
    'start in a worker thread, best and worst of 5',
    `${Math.min(...times).toFixed(0)} ms, ${Math.max(...times).toFixed(0)} ms`,
  );
}

async function measureShare(): Promise<void> {
  const executor = new Executor(new Store({}), () => {});
  const facts = {
    setName: 'rs0',
    address: '',
    connection: 1,
    persistent: false,
    connections: () => 1,
    counters: () => ({}),
    ttlSeconds: () => 60,
  };
  const run = (command: object) =>
    executor.run(Object.keys(command)[0] as string, { ...command, $db: 'bench' }, facts);
  await run({ createIndexes: 'users', indexes: [{ key: { clerkId: 1 }, name: 'clerkId_1', unique: true }] });
  await run({ insert: 'users', documents: Array.from({ length: 10_000 }, (_, n) => user(n)) });
  const request = { id: 1, legacy: false, wantsReply: true, command: {} };
  const find = async (n: number) =>
    encodeReply(request, 1, {
      ...(await run({ find: 'users', filter: { clerkId: user(n).clerkId }, limit: 1 })),
      ok: 1,
    });
  for (let n = 0; n < 10_000; n++) await find(n);
  const rounds = 50_000;
  const before = process.cpuUsage();
  for (let n = 0; n < rounds; n++) await find((n * 7919) % 10_000);
  const { user: own, system } = process.cpuUsage(before);
  print(
    'the server’s own share of an indexed find, reply encoded',
    `${((own + system) / rounds).toFixed(1)} µs of CPU`,
  );
}

/** The CPU time that a process has used, in milliseconds; the kernel counts in steps of 10 ms. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Calls before the clock starts: until then, both sides' code is still being compiled. */
const WARM_UP = 2000;

/** The rate, and the CPU time of server and client for each call: the latter say the same on a busy machine. */
async function perSecond(count: number, pid: number, work: (n: number) => Promise<unknown>): Promise<string> {
  let next = -WARM_UP;
  const worker = async (end: number) => {
    while (next < end) await work(next++);
  };
  const all = (end: number) => Promise.all(Array.from({ length: 32 }, () => worker(end)));
  await all(0);
  const [server, client] = [cpuOf(pid), process.cpuUsage()];
  const time = await milliseconds(() => all(count));
  const { user: own, system } = process.cpuUsage(client);
  const each = `${Math.round(((cpuOf(pid) - server) / count) * 1000)} µs server, ${Math.round((own + system) / count)} µs client`;
  return `${Math.round((count / time) * 1000)}/s (CPU: ${each})`;
}

async function measureThroughput(): Promise<void> {
  for (const [kind, args] of [
    ['in memory', []],
    ['on disk', ['--data-dir', mkdtempSync(join(tmpdir(), 'mongo-bench-'))]],
  ] as const) {
    const program = await startProgram(['--port', '0', ...args]);
    const connection = await mongoose
      .createConnection(program.uri, { dbName: 'bench', maxPoolSize: 32 })
      .asPromise();
    const schema = new mongoose.Schema(
      {
        clerkId: { type: String, unique: true },
        email: String,
        name: String,
        imageUrl: String,
        role: String,
        address: [{}],
        n: Number,
      },
      { timestamps: true },
    );
    const User = connection.model('User', schema);
    await User.init();
    await User.insertMany(
      Array.from({ length: 10_000 }, (_, n) => user(n)),
      { lean: true },
    );
    const id = (n: number) => user(Math.abs(n * 7919) % 10_000).clerkId;
    print(
      `${kind}: findOne by an indexed field, lean, 32 at once`,
      await perSecond(5000, program.pid, (n) => User.findOne({ clerkId: id(n) }).lean()),
    );
    print(
      `${kind}: create, 32 at once`,
      await perSecond(2500, program.pid, (n) => User.create({ ...user(n), clerkId: `new_${n}` })),
    );
    print(
      `${kind}: updateOne $inc, 32 at once`,
      await perSecond(5000, program.pid, (n) => User.updateOne({ clerkId: id(n) }, { $inc: { n: 1 } })),
    );
    await connection.close();
    program.disconnect();
    await program.ended;
    if (args[1]) rmSync(args[1], { recursive: true });
  }
}

/** The most memory that a process has held, in MB. */
function peakOf(pid: number): number {
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(peak) / 1024);
}

async function measureReopening(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mongo-bench-'));
  const first = await startProgram(['--port', '0', '--data-dir', dataDir]);
  const client = await connect(first.uri);
  const users = client.db('bench').collection('users');
  await users.createIndexes([
    { key: { clerkId: 1 }, unique: true },
    { key: { email: 1 } },
    { key: { role: 1, createdAt: -1 } },
  ]);
  const load = await milliseconds(async () => {
    for (let n = 0; n < 100_000; n += 5000)
      await users.insertMany(Array.from({ length: 5000 }, (_, at) => user(n + at)));
  });
  const loaded = peakOf(first.pid);
  await client.close();
  first.disconnect();
  await first.ended;
  let again: Awaited<ReturnType<typeof startProgram>> | undefined;
  const open = await milliseconds(async () => {
    again = await startProgram(['--port', '0', '--data-dir', dataDir]);
  });
  print('100,000 users with 3 indexes: loaded', `${(load / 1000).toFixed(1)} s, ${loaded} MB at most`);
  print(
    '100,000 users with 3 indexes: opened again, program start included',
    `${(open / 1000).toFixed(1)} s, ${peakOf(again?.pid ?? 0)} MB at most`,
  );
  again?.disconnect();
  await again?.ended;
  rmSync(dataDir, { recursive: true });
}

await measureStart();
await measureShare();
await measureThroughput();
await measureReopening();
process.exit(0);
