import { afterEach, beforeEach, expect, test } from 'vitest';
import { startClerkEmulator, type WebhookFaults } from '../index.ts';
import { clientOf } from '../testing/client.ts';
import { type Receiver, startReceiver } from '../testing/receiver.ts';

const EVENTS = 24;
const HOUR_MS = 3_600_000;

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

/** Creates users one after the other under faults, and answers who was told of, in the order of arrival. */
async function run(faults: WebhookFaults): Promise<number[]> {
  const clerk = await startClerkEmulator({ webhookUrl: receiver.url });
  clerk.webhookFaults = faults;
  const { users } = clientOf(clerk);
  for (let n = 0; n < EVENTS; n++) await users.createUser({ username: `user_${n}` });
  await clerk.idle();
  clerk.advance(HOUR_MS);
  await clerk.idle();
  await clerk.stop();
  const arrived = receiver.received.splice(0);
  return arrived.map(({ body }) => Number((JSON.parse(body).data.username as string).slice('user_'.length)));
}

const inOrder = Array.from({ length: EVENTS }, (_, n) => n);

test('the same seed gives the same deliveries, another seed others', async () => {
  const faults = { seed: 7, drop: 0.2, duplicate: 0.2, delay: 0.2, reorder: 6 };
  const first = await run(faults);
  expect(await run(faults)).toEqual(first);
  expect(await run({ ...faults, seed: 8 })).not.toEqual(first);
});

test('dropped messages never arrive, and the others do once and in order', async () => {
  const arrived = await run({ seed: 1, drop: 0.3 });
  expect(arrived.length).toBeLessThan(EVENTS);
  expect(arrived.length).toBeGreaterThan(EVENTS / 3);
  expect(arrived).toEqual(inOrder.filter((n) => arrived.includes(n)));
});

test('duplicates arrive right after their first copy', async () => {
  const arrived = await run({ seed: 1, duplicate: 0.3 });
  expect(arrived.length).toBeGreaterThan(EVENTS);
  expect([...new Set(arrived)]).toEqual(inOrder);
  expect(arrived).toEqual(arrived.toSorted((a, b) => a - b));
});

test('delayed messages arrive after the others, none is lost', async () => {
  const arrived = await run({ seed: 1, delay: 0.3, delayMs: 60_000 });
  expect(arrived).not.toEqual(inOrder);
  expect(arrived.toSorted((a, b) => a - b)).toEqual(inOrder);
});

test('reordered messages arrive in groups, each in an order of its own, none is lost', async () => {
  const size = 6;
  const arrived = await run({ seed: 1, reorder: size });
  expect(arrived).not.toEqual(inOrder);
  expect(arrived.map((n) => Math.floor(n / size))).toEqual(inOrder.map((n) => Math.floor(n / size)));
  expect(arrived.toSorted((a, b) => a - b)).toEqual(inOrder);
});

test('changing one share leaves the victims of the others alone', async () => {
  const alone = await run({ seed: 3, drop: 0.3 });
  const together = await run({ seed: 3, drop: 0.3, duplicate: 0.5 });
  expect([...new Set(together)]).toEqual(alone);
});

test('a dropped message can still be sent by hand; ending the faults lets go what was held back', async () => {
  const clerk = await startClerkEmulator({ webhookUrl: receiver.url });
  const { users } = clientOf(clerk);
  clerk.webhookFaults = { drop: 1 };
  await users.createUser({ username: 'lost_one' });
  clerk.webhookFaults = { reorder: 10 };
  await users.createUser({ username: 'held_one' });
  await clerk.idle();
  expect(receiver.received).toEqual([]);
  clerk.clearFaults();
  await clerk.idle();
  expect(receiver.received).toHaveLength(1);
  const lost = clerk.deliveries().find(({ state }) => state === 'dropped');
  await clerk.resend(lost?.id ?? '');
  expect(receiver.received).toHaveLength(2);
  await clerk.stop();
});
