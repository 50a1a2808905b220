/**
 * How fast `npm run sync` fills an empty mirror, and how much memory it takes: `node bench/mirror/backfill.ts [users …]`.
 * Clerk is a server that makes its users up as they are asked for, with a key of a production instance; MongoDB is the
 * emulator, unless `MONGODB_URI` names another one (its database frontdesk_bench is dropped).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startMongoEmulator } from '@frontdesk/mongo-emulator';
import mongoose from 'mongoose';
import { userModel } from '../../src/identity/user-model.ts';

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1000, 10_000, 100_000];
const START = Date.parse('2025-01-01T00:00:00Z');

function user(index: number) {
  const id = `user_${String(index).padStart(9, '0')}`;
  return {
    object: 'user',
    id,
    primary_email_address_id: 'idn_1',
    first_name: 'Ada',
    last_name: `Lovelace ${index}`,
    image_url: `https://img.clerk.com/${id}`,
    public_metadata: { role: 'user' },
    private_metadata: {},
    unsafe_metadata: {},
    email_addresses: [
      {
        id: 'idn_1',
        email_address: `${id}@shop.example`,
        verification: { status: 'verified' },
        linked_to: [],
      },
    ],
    phone_numbers: [],
    external_accounts: [],
    banned: false,
    locked: false,
    created_at: START + index,
    updated_at: START + index,
  };
}

let size = 0;
const clerk = createServer((req, res) => {
  const { pathname, searchParams } = new URL(req.url ?? '/', 'http://clerk');
  res.setHeader('content-type', 'application/json');
  if (pathname.endsWith('/count'))
    return res.end(JSON.stringify({ object: 'total_count', total_count: size }));
  const after = searchParams.get('starting_after');
  const from = after === null ? 0 : Number(after.slice(5)) + 1;
  const count = Math.max(0, Math.min(Number(searchParams.get('limit')), size - from));
  return res.end(JSON.stringify(Array.from({ length: count }, (_, index) => user(from + index))));
});
clerk.listen(0, '127.0.0.1');
await once(clerk, 'listening');
const mongo = process.env.MONGODB_URI === undefined ? await startMongoEmulator() : undefined;
const uri = new URL(process.env.MONGODB_URI ?? mongo?.uri ?? '');
uri.pathname = '/frontdesk_bench';

const environment = {
  ...process.env,
  NODE_ENV: 'test',
  CLERK_PUBLISHABLE_KEY: `pk_live_${Buffer.from('clerk.bench.example$').toString('base64')}`,
  CLERK_SECRET_KEY: 'sk_live_bench',
  CLERK_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24).toString('base64')}`,
  CLERK_API_URL: `http://127.0.0.1:${(clerk.address() as AddressInfo).port}`,
  MONGODB_URI: uri.href,
};

for (size of sizes) {
  const connection = await mongoose.createConnection(uri.href).asPromise();
  await connection.dropDatabase();
  await userModel(connection).createIndexes();
  for (const title of ['filled', 'compared']) {
    const from = performance.now();
    const sync = spawn(process.execPath, ['src/sync.ts'], {
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, residentMb(sync.pid));
    }, 20);
    const [code] = (await once(sync, 'exit')) as [number];
    clearInterval(watch);
    const seconds = (performance.now() - from) / 1000;
    process.stdout.write(
      `${size} users ${title} in ${seconds.toFixed(1)} s, ${Math.round(size / seconds)} a second, peak ${peak} MB, exit ${code}\n`,
    );
  }
  process.stdout.write(`${await userModel(connection).countDocuments()} users are there\n`);
  await connection.close();
}
clerk.closeAllConnections();
clerk.close();
await mongo?.stop();

/** Linux tells it; elsewhere it is 0. */
function residentMb(pid: number | undefined): number {
  try {
    const [, kb] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kb ?? 0) / 1024);
  } catch {
    return 0;
  }
}
