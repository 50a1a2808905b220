import fc from 'fast-check';
import type { Connection } from 'mongoose';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDatabase } from '../src/config/database.ts';
import type { MirrorEvent, MirroredUser } from '../src/identity/mirror.ts';
import { userModel } from '../src/identity/user-model.ts';
import { type History, histories } from './support/clerk-histories.ts';
import { expected, seen } from './support/mirror-ends.ts';
import { type Stack, startStack } from './support/stack.ts';

const HISTORIES = 1000;
const AT_ONCE = 20;

let stack: Stack;
let connection: Connection;
beforeAll(async () => {
  stack = await startStack();
  connection = await connectDatabase(stack.mongodbUri);
});
afterAll(async () => {
  await connection?.close();
  await stack?.stop();
});

/** The webhook that tells of an event, as Clerk would send it. */
function webhookOf(event: MirrorEvent) {
  switch (event.kind) {
    case 'deleted':
      return {
        type: 'user.deleted',
        timestamp: event.version.timestamp,
        data: { id: event.clerkId, deleted: true },
      };
    case 'sessionEnded':
      return {
        type: 'session.revoked',
        timestamp: event.session.at,
        data: { id: event.session.id, user_id: event.clerkId },
      };
    case 'profile': {
      const { email, name, role, status, createdAt, updatedAt } = event.profile;
      return {
        type: event.welcome ? 'user.created' : 'user.updated',
        timestamp: event.version.timestamp,
        data: {
          id: event.clerkId,
          primary_email_address_id: 'idn_1',
          email_addresses:
            email === null
              ? []
              : [{ id: 'idn_1', email_address: email, verification: { status: 'verified' } }],
          first_name: name === 'Usuario' ? '' : name,
          last_name: null,
          image_url: null,
          public_metadata: { role },
          banned: status === 'banned',
          locked: status === 'locked',
          created_at: createdAt.getTime(),
          updated_at: updatedAt.getTime(),
        },
      };
    }
  }
}

const svixIdOf = (event: MirrorEvent) =>
  event.kind === 'sessionEnded'
    ? `msg_${event.clerkId}_${event.session.id}_${event.session.at}`
    : event.version.svixId;

/** Delivers until it is taken, as Svix does: a busy machine may answer 500 now and then. */
async function deliver(event: MirrorEvent): Promise<void> {
  for (let attempt = 0; (await post(event)) !== 200; attempt++) expect(attempt).toBeLessThan(20);
}

async function post(event: MirrorEvent): Promise<number> {
  const body = JSON.stringify(webhookOf(event));
  const sentAt = new Date();
  const id = svixIdOf(event);
  const response = await fetch(`${stack.api}/api/webhooks/clerk`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'svix-id': id,
      'svix-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
      'svix-signature': new Webhook(stack.clerk.webhookSecret).sign(id, sentAt, body),
    },
  });
  await response.body?.cancel();
  return response.status;
}

/** Sessions of users whose own webhook has not come ask Clerk, which knows nobody here: they are told after it. */
const userFirst = ({ events }: History) => [
  ...events.filter(({ kind }) => kind !== 'sessionEnded'),
  ...events.filter(({ kind }) => kind === 'sessionEnded'),
];

test(`B3 B4 ${HISTORIES} histories through HTTP, Inngest and MongoDB, shuffled and repeated, end as Clerk has it`, async () => {
  const samples = Array.from({ length: HISTORIES }, (_, index) => histories(`user_${index}`));
  const all = samples.flatMap((sample, index) => fc.sample(sample, { numRuns: 1, seed: index }));
  const queues = all.map(userFirst);
  const rounds = Math.max(...queues.map(({ length }) => length));
  // The users' events interleave: the first of each, the second of each, …, many at once.
  for (let round = 0; round < rounds; round++) {
    const events = queues.flatMap((queue) => queue[round] ?? []);
    for (let from = 0; from < events.length; from += AT_ONCE) {
      await Promise.all(events.slice(from, from + AT_ONCE).map(deliver));
    }
  }
  await stack.inngest.idle();
  const users = await userModel(connection)
    .find({}, { _id: 0, address: 0, wishlist: 0 })
    .lean<MirroredUser[]>();
  const stored = new Map(users.map((user) => [user.clerkId, user]));
  for (const history of all) {
    const { profile, endedSessions } = seen(stored.get(history.clerkId) ?? null);
    const wanted = expected(history);
    expect({ id: history.clerkId, profile }).toEqual({ id: history.clerkId, profile: wanted.profile });
    expect(new Set(endedSessions)).toEqual(new Set(wanted.endedSessions));
  }
}, 900_000);
