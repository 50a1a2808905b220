/**
 * How many webhooks a second one core takes, and how fast: signature, shape, ledger, Inngest, answer.
 * `node bench/mirror/webhooks.ts [seconds]`. The server runs on core 0; MongoDB, an Inngest that only says yes, and the
 * load on the others.
 */
import { spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startMongoEmulator } from '@frontdesk/mongo-emulator';
import autocannon from 'autocannon';

const seconds = Number(process.argv[2] ?? 10);
const key = randomBytes(24);
let events = 0;
let sends = 0;
const sink = createServer(async (req, res) => {
  const sent = JSON.parse(Buffer.concat(await req.toArray()).toString()) as unknown[];
  events += sent.length;
  sends += 1;
  res.setHeader('content-type', 'application/json');
  res.end(JSON.stringify({ status: 200, ids: sent.map(() => 'id') }));
});
sink.listen(0, '127.0.0.1');
await once(sink, 'listening');
const inngestUrl = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
const mongo = await startMongoEmulator();

const program = [process.execPath, `${import.meta.dirname}/webhook-server.ts`];
const child = spawn(
  'taskset',
  ['-c', '0', ...program, mongo.uri, inngestUrl, `whsec_${key.toString('base64')}`],
  {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  },
);
const [{ url }] = (await once(child, 'message')) as [{ url: string }];

let serial = 0;
function signed() {
  serial += 1;
  const body = JSON.stringify(userCreated(serial));
  const [id, timestamp] = [`msg_${process.pid}_${serial}`, String(Math.floor(Date.now() / 1000))];
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'svix-id': id,
    'svix-timestamp': timestamp,
    'svix-signature': `v1,${mac}`,
  };
  return { body, headers };
}

interface Load {
  accepted: number;
  failed: number;
  /** ms */
  latency: { p50: number; p99: number; max: number };
}

/** So many connections, each of which sends the next webhook when the last one is answered. */
async function atMost(connections: number, duration: number): Promise<void> {
  await report(`as many as ${connections} connections take`, duration, async () => {
    const result = await autocannon({
      url: `${url}/api/webhooks/clerk`,
      method: 'POST',
      connections,
      duration,
      requests: [{ setupRequest: (request) => ({ ...request, ...signed() }) }],
    });
    return { accepted: result['2xx'], failed: result.non2xx + result.errors, latency: result.latency };
  });
}

/**
 * So many a second, at random moments as independent senders would, however long the answers take. What one waits is
 * counted from the moment at which it was due.
 */
async function atRate(rate: number): Promise<void> {
  await report(`${rate.toLocaleString('en')} a second`, seconds, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 200 });
    const waits: number[] = [];
    const answers: Promise<boolean>[] = [];
    const end = performance.now() + seconds * 1000;
    let due = performance.now();
    while (due < end) {
      for (; due <= performance.now(); due += (-Math.log(1 - Math.random()) * 1000) / rate) {
        const since = due;
        const answered = post(agent).then((isAccepted) => {
          waits.push(performance.now() - since);
          return isAccepted;
        });
        answers.push(answered);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const accepted = (await Promise.all(answers)).filter(Boolean).length;
    agent.destroy();
    waits.sort((a, b) => a - b);
    const at = (share: number) => Math.round(waits[Math.ceil(waits.length * share) - 1] ?? Number.NaN);
    return {
      accepted,
      failed: answers.length - accepted,
      latency: { p50: at(0.5), p99: at(0.99), max: at(1) },
    };
  });
}

/** One webhook: whether it was accepted. */
function post(agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const { body, headers } = signed();
    request(`${url}/api/webhooks/clerk`, { agent, method: 'POST', headers }, (res) => {
      res.resume().on('end', () => resolve(res.statusCode === 200));
    })
      .on('error', () => resolve(false))
      .end(body);
  });
}

async function report(title: string, duration: number, load: () => Promise<Load>): Promise<void> {
  const [eventsBefore, sendsBefore] = [events, sends];
  const before = await usage();
  const {
    accepted: answered,
    failed,
    latency: { p50, p99, max },
  } = await load();
  const after = await usage();
  const accepted = events - eventsBefore;
  const each = (after.cpu - before.cpu) / Math.max(1, accepted);
  const share = (accepted / Math.max(1, sends - sendsBefore)).toFixed(1);
  process.stdout.write(
    `${title}: ${Math.round(answered / duration)} a second, p50 ${p50} ms, p99 ${p99} ms, max ${max} ms; ` +
      `${failed} failed; ${Math.round(each)} µs of CPU each; ${share} events a send; ${after.memory} MB\n`,
  );
}

async function usage() {
  child.send('usage');
  const [{ cpu, memory }] = (await once(child, 'message')) as [{ cpu: NodeJS.CpuUsage; memory: number }];
  return { cpu: cpu.user + cpu.system, memory: Math.round(memory / 2 ** 20) };
}

await atMost(50, 10);
await atRate(1000);
await atMost(50, seconds);
child.kill();
sink.closeAllConnections();
sink.close();
await mongo.stop();

/** About what Clerk sends: 2 kB. */
function userCreated(serial: number) {
  const at = Date.now();
  const id = `user_${serial}`;
  return {
    object: 'event',
    type: 'user.created',
    timestamp: at,
    instance_id: 'ins_1',
    event_attributes: {
      http_request: { client_ip: '192.0.2.1', user_agent: 'Mozilla/5.0 (X11; Linux x86_64)' },
    },
    data: {
      object: 'user',
      id,
      external_id: null,
      primary_email_address_id: 'idn_1',
      primary_phone_number_id: null,
      primary_web3_wallet_id: null,
      username: null,
      first_name: 'Ada',
      last_name: 'Lovelace',
      image_url: 'https://img.clerk.com/eyJ0eXBlIjoiZGVmYXVsdCIsImlpZCI6Imluc18xIiwicmlkIjoidXNlcl8xIn0',
      has_image: false,
      public_metadata: { role: 'user' },
      private_metadata: { note: 'x'.repeat(200) },
      unsafe_metadata: {},
      email_addresses: [
        {
          id: 'idn_1',
          object: 'email_address',
          email_address: `${id}@shop.example`,
          reserved: false,
          verification: { status: 'verified', strategy: 'email_code', attempts: null, expire_at: null },
          linked_to: [],
          created_at: at,
          updated_at: at,
        },
      ],
      phone_numbers: [],
      web3_wallets: [],
      passkeys: [],
      external_accounts: [],
      saml_accounts: [],
      enterprise_accounts: [],
      password_enabled: true,
      two_factor_enabled: false,
      totp_enabled: false,
      backup_code_enabled: false,
      banned: false,
      locked: false,
      lockout_expires_in_seconds: null,
      verification_attempts_remaining: 100,
      last_sign_in_at: null,
      last_active_at: at,
      delete_self_enabled: true,
      create_organization_enabled: true,
      created_at: at,
      updated_at: at,
    },
  };
}
