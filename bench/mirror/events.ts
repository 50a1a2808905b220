/**
 * How many events a second one core brings into the mirror: Inngest calls the functions, they read, decide and write.
 * `node bench/mirror/events.ts [users]`. The backend runs on core 0; MongoDB, Inngest and the mail server, each a process
 * of its own, on the others.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import mongoose from 'mongoose';
import { ledgerModel } from '../../src/identity/ledger-model.ts';

const users = Number(process.argv[2] ?? 3000);
const AT_ONCE = 200;
const children: ChildProcess[] = [];

const [mongo, inngest, inbox] = await Promise.all([
  emulator<{ uri: string }>('emulators/mongo/src/main.ts', '--port', '0'),
  emulator<{ url: string }>('emulators/inngest/src/main.ts', '--port', '0'),
  emulator<{ smtp: string }>('dev/inbox/main.ts'),
]);
const uri = new URL(mongo.uri);
uri.pathname = '/frontdesk_bench';
const backend = spawn('taskset', ['-c', '0', process.execPath, `${import.meta.dirname}/events-server.ts`], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  env: {
    ...process.env,
    NODE_ENV: 'test',
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    PORT: '0',
    CLERK_PUBLISHABLE_KEY: `pk_test_${Buffer.from('clerk.bench.example$').toString('base64')}`,
    CLERK_SECRET_KEY: 'sk_test_bench',
    CLERK_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24).toString('base64')}`,
    // Not asked.
    CLERK_API_URL: 'http://127.0.0.1:9',
    MONGODB_URI: uri.href,
    INNGEST_DEV: inngest.url,
    SMTP_URL: inbox.smtp,
    MAIL_FROM: 'shop@shop.example',
    RATE_LIMIT_PER_MINUTE: '0',
  },
});
children.push(backend);
const [{ url }] = (await once(backend, 'message')) as [{ url: string }];
await fetch(`${inngest.url}/_emulator/apps`, {
  method: 'POST',
  body: JSON.stringify({ url: `${url}/api/inngest` }),
});
const connection = await mongoose.createConnection(uri.href).asPromise();
const ledger = ledgerModel(connection);

await run('user.updated', 'warming up', 500, -500);
await run('user.updated', 'updates of users who are new here', users, 0);
await run('user.updated', 'updates of users who are known', users, 0);
await run('user.created', 'sign-ups, each with its welcome e-mail', users, users);
await connection.close();
for (const child of children) child.kill();

/** Sends events of as many users, and waits until each has been handled and all that it led to is done. */
async function run(type: string, title: string, count: number, from: number): Promise<void> {
  const handledBefore = await ledger.countDocuments();
  const before = await cpu();
  const begun = performance.now();
  for (let sent = 0; sent < count; sent += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - sent) }, (_, index) =>
      event(type, from + sent + index),
    );
    await fetch(`${inngest.url}/e/bench`, { method: 'POST', body: JSON.stringify(batch) });
  }
  await fetch(`${inngest.url}/_emulator/idle`, { method: 'POST' });
  const seconds = (performance.now() - begun) / 1000;
  const used = ((await cpu()) - before) / count / 1000;
  const handled = (await ledger.countDocuments()) - handledBefore;
  process.stdout.write(
    `${title}: ${handled} of ${count} in ${seconds.toFixed(1)} s, ${Math.round(handled / seconds)} a second; ${used.toFixed(1)} ms of the backend's CPU each\n`,
  );
}

/** As the webhook hands it on. */
function event(type: string, serial: number) {
  const at = Date.now();
  const id = `user_${serial}`;
  return {
    id: `msg_${process.pid}_${serial}_${at}_${type}`,
    name: `clerk.${type}`,
    ts: at,
    data: {
      object: 'user',
      id,
      primary_email_address_id: 'idn_1',
      first_name: 'Ada',
      last_name: `Lovelace ${serial}`,
      image_url: `https://img.clerk.com/${id}`,
      public_metadata: { role: 'user' },
      email_addresses: [
        { id: 'idn_1', email_address: `${id}@shop.example`, verification: { status: 'verified' } },
      ],
      banned: false,
      locked: false,
      created_at: at,
      updated_at: at,
    },
  };
}

/** What the backend has used of the processor, µs. */
async function cpu(): Promise<number> {
  backend.send('usage');
  const [{ user, system }] = (await once(backend, 'message')) as [NodeJS.CpuUsage];
  return user + system;
}

async function emulator<Ready>(path: string, ...args: string[]): Promise<Ready> {
  const program = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  const child = fork(program, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  children.push(child);
  const [{ ready }] = (await once(child, 'message')) as [{ ready: Ready }];
  return ready;
}
