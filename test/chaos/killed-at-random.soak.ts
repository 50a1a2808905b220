import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import type { LedgerEvent } from '../../src/identity/ledger-model.ts';
import type { User } from '../../src/identity/user.ts';
import { createClerk } from './clerk.ts';
import { wrongUsers } from './expected-users.ts';
import { createInngestControl } from './inngest.ts';
import { ledgerCounts, unaccountedFor } from './ledger.ts';
import { live } from './life.ts';
import { type Parts, startParts } from './parts.ts';
import { createPlan, VICTIMS } from './plan.ts';
import { settle } from './settle.ts';
import { allUp, rage } from './storm.ts';
import { judgeMails, readInbox } from './welcome-mails.ts';

/** A run is repeated by the seed that it prints. */
const seed = wholeNumber('CHAOS_SEED') ?? Math.floor(Math.random() * 1_000_000);
const seconds = wholeNumber('CHAOS_SECONDS') ?? 120;
/** How long it may take after the storm until all is right: by the machine's clock, ms, and by the parts', minutes. */
const SETTLED_WITHIN_MS = 180_000;
const SETTLED_WITHIN_MINUTES = 30;

let parts: Parts;
let client: MongoClient;
let keepsFolder = false;
beforeAll(async () => {
  parts = await startParts();
  client = new MongoClient(parts.at.mongodb);
}, 60_000);
afterAll(async () => {
  await client?.close();
  await parts?.stop();
  if (!keepsFolder) parts?.clear();
});

test(
  `killed at random for ${seconds} s under 50 sign-ups a second, seed ${seed}: every user is right and welcomed once`,
  async () => {
    onTestFailed(() => {
      keepsFolder = true;
      say(
        `failed with CHAOS_SEED=${seed} CHAOS_SECONDS=${seconds}; data and log of the parts: ${parts.folder}`,
      );
    });
    const plan = createPlan(seed, seconds);
    const { api } = parts.at;
    const clerk = createClerk(parts.at.clerk);
    const inngest = createInngestControl(parts.at.inngest);
    const users = client.db().collection<User>('users');
    const events = client.db().collection<LedgerEvent>('clerk_events');
    await clerk.control('PUT', '/faults/webhooks', plan.webhookFaults);

    const begun = performance.now();
    const ends = begun + seconds * 1000;
    const storm = rage(plan, { clerk, inngest, parts, events }, () => performance.now() > ends);
    const people = plan.lives.map(async (life) => {
      await sleep(Math.max(0, begun + life.at - performance.now()));
      return live(life, { clerk, api });
    });
    const [losses, lived] = await Promise.all([storm, Promise.all(people)]);

    const calm = performance.now();
    await allUp(parts);
    await clerk.control('DELETE', '/faults');
    await inngest.clearFaults();
    const minutes = await settle({ clerk, inngest, parts }, { users, events }, SETTLED_WITHIN_MINUTES);
    const settledIn = performance.now() - calm;

    const deliveries = await clerk.deliveries();
    const mails = judgeMails(await readInbox(parts.at.mail.web), lived, parts.get);
    const counts = await ledgerCounts(events);
    const kills = VICTIMS.map((name) => `${name} ${parts.get(name).kills.length}`).join(', ');
    const named = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
    const { welcomed, seconds: second } = mails;
    const reconciliations = await client.db().collection('sync_runs').countDocuments();
    say(
      `CHAOS_SEED=${seed} CHAOS_SECONDS=${seconds}: ${lived.length} sign-ups, ${total(lived, ({ acts }) => acts)} other acts`,
      `  ended in ${((calm - begun) / 1000).toFixed(0)} s; killed: ${kills}; ${losses} events lost by Inngest`,
      `  settled in ${(settledIn / 1000).toFixed(1)} s, ${minutes} minutes by the clocks of the parts`,
      `  ${welcomed} welcomed; second mails: ${second.inbox} as the mail server died, ${second.backend} as the backend did`,
      `  ledger: ${named.join(', ')}; ${reconciliations} reconciliations`,
    );
    expect(wrongUsers(lived, await clerk.users(), await users.find().toArray())).toEqual([]);
    expect(mails.wrong).toEqual([]);
    expect(await unaccountedFor(events, deliveries)).toEqual([]);
    const answers = new Set(lived.flatMap(({ firstAnswer }) => firstAnswer ?? []));
    expect([0, 200, 500, 503]).toEqual(expect.arrayContaining([...answers]));
    expect([...VICTIMS, 'clerk' as const].flatMap((name) => parts.get(name).falls)).toEqual([]);
    expect(minutes).toBeLessThanOrEqual(SETTLED_WITHIN_MINUTES);
    expect(settledIn).toBeLessThan(SETTLED_WITHIN_MS);
  },
  seconds * 1000 + SETTLED_WITHIN_MS + 180_000,
);

function wholeNumber(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new Error(`${name} must be a whole number, not "${text}"`);
}

const total = <T>(items: readonly T[], of: (item: T) => number) =>
  items.reduce((sum, item) => sum + of(item), 0);

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
