import { fork } from 'node:child_process';
import { createClerkClient } from '@clerk/backend';
import { startClerkEmulator } from '@frontdesk/clerk-emulator';
import mongoose from 'mongoose';
import { createIndexes } from '../src/config/database.ts';
import { userModel } from '../src/identity/user-model.ts';
import { userOf } from '../test/support/guarded-app.ts';
import { profileOf } from './servers/answer.ts';

export interface World {
  /** `MONGODB_URI`, or an emulator in a process of its own. */
  mongodb: 'server' | 'emulator';
  /** What every variant's process finds in its environment. */
  environment: Record<string, string>;
  /** A new session token for each user: as always, valid for a minute. */
  tokens(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Who is there to ask: an instance of Clerk with users who are signed in, and a MongoDB that knows them. */
export async function createWorld(people: number): Promise<World> {
  const clerk = await startClerkEmulator({ port: 0 });
  const client = createClerkClient({ ...clerk, telemetry: { disabled: true } });
  const { uri, stop } = await mongodb();
  const sessions: string[] = [];
  const ids: string[] = [];
  for (let i = 0; i < people; i += 1) {
    const { id } = await client.users.createUser({ emailAddress: [`user-${i}@shop.example`] });
    ids.push(id);
    sessions.push((await client.sessions.createSession({ userId: id })).id);
  }
  await seed(uri, ids);
  return {
    mongodb: process.env.MONGODB_URI ? 'server' : 'emulator',
    environment: {
      NODE_ENV: 'production',
      CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
      CLERK_SECRET_KEY: clerk.secretKey,
      CLERK_WEBHOOK_SECRET: clerk.webhookSecret,
      CLERK_JWT_KEY: clerk.jwtKey,
      CLERK_API_URL: clerk.apiUrl,
      CLERK_TELEMETRY_DISABLED: '1',
      MONGODB_URI: uri,
      INNGEST_EVENT_KEY: 'bench',
      INNGEST_SIGNING_KEY: 'signkey-prod-0123456789abcdef',
      INNGEST_BASE_URL: 'http://127.0.0.1:9',
      // The limit is counted and never reached.
      RATE_LIMIT_PER_MINUTE: '1000000',
    },
    tokens: () => Promise.all(sessions.map(async (id) => (await client.sessions.getToken(id)).jwt)),
    async stop() {
      await clerk.stop();
      await stop();
    },
  };
}

/** The users of every variant, in the collections that they read. */
async function seed(uri: string, ids: string[]): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  await connection.dropDatabase();
  const users = userModel(connection);
  await createIndexes(connection);
  const at = new Date('2026-01-01');
  const mirrored = ids.map((clerkId) => userOf({ ...profileOf(clerkId), createdAt: at, updatedAt: at }));
  await users.collection.insertMany(mirrored as never[]);
  const documented = connection.collection('documented_users');
  await documented.createIndex({ clerkId: 1 }, { unique: true });
  await documented.insertMany(
    ids.map((clerkId) => ({ ...profileOf(clerkId), createdAt: at, updatedAt: at })),
  );
  await connection.close();
}

async function mongodb(): Promise<{ uri: string; stop(): Promise<void> }> {
  const given = process.env.MONGODB_URI;
  // A database of its own: what is there is dropped.
  if (given) return { uri: withDatabase(given), stop: async () => {} };
  const program = new URL(import.meta.resolve('@frontdesk/mongo-emulator'));
  const child = fork(new URL('./main.ts', program), ['--port', '0'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { ready } = await new Promise<{ ready: { uri: string } }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { ready: { uri: string } }));
    child.once('exit', () => reject(new Error('the MongoDB emulator did not start')));
  });
  return {
    uri: withDatabase(ready.uri),
    stop: () => new Promise((resolve) => child.once('exit', () => resolve()).kill()),
  };
}

function withDatabase(uri: string): string {
  const url = new URL(uri);
  url.pathname = '/frontdesk_bench';
  return url.href;
}
