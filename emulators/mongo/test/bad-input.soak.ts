import { randomBytes } from 'node:crypto';
import { connect as connectSocket, type Socket } from 'node:net';
import type { Collection, Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Program, startProgram } from './program.ts';
import { connect } from './server.ts';
import { bodySection, header, lyingText, NONSENSE, nested, opMsg } from './wire.ts';

const LARGEST = 48_000_000;
/** How much more memory may be held after late rounds than after early ones, in MiB: little more than one message. */
const MOST_GROWTH = 64;
const EARLY_ROUNDS = 2;
const LATE_ROUNDS = 6;

let program: Program;
let port: number;
let client: MongoClient;
let users: Collection<Document>;
beforeAll(async () => {
  program = await startProgram(['--port', '0']);
  port = Number(new URL(program.uri).port);
  client = await connect(program.uri, { maxPoolSize: 2, minPoolSize: 2 });
  users = client.db('soak').collection('users');
  await users.insertMany(Array.from({ length: 2000 }, (_, n) => ({ n, pad: 'x'.repeat(10_000) })));
});
afterAll(async () => {
  await client.close();
  program.disconnect();
  expect(await program.ended).toBe(0);
});

async function open(): Promise<{ socket: Socket; closed: Promise<void> }> {
  const socket = connectSocket(port, '127.0.0.1');
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, closed };
}
const handedOver = (socket: Socket, bytes: Buffer) =>
  new Promise<void>((resolve) => socket.write(bytes, () => resolve()));

/** Sends what makes no sense, and waits to be cut off. */
async function cutOff(bytes: Buffer): Promise<void> {
  const { socket, closed } = await open();
  socket.resume();
  socket.write(bytes);
  await closed;
}

/** Sends what is refused, and waits for the answer. */
async function refused(bytes: Buffer): Promise<void> {
  const { socket, closed } = await open();
  const answer = new Promise<Buffer>((resolve) => socket.once('data', resolve));
  socket.write(bytes);
  expect((await answer).includes('errmsg')).toBe(true);
  socket.destroy();
  await closed;
}

/** Sends bytes that promise more, and hangs up once they are handed over. */
async function hangUp(...parts: Buffer[]): Promise<void> {
  const { socket, closed } = await open();
  for (const part of parts) await handedOver(socket, part);
  socket.destroy();
  await closed;
}

/** Asks for 20 MB again and again, reads none of it, and hangs up. */
async function neverRead(): Promise<void> {
  const { socket, closed } = await open();
  socket.pause();
  const find = opMsg([bodySection({ find: 'users', batchSize: 2000, singleBatch: true, $db: 'soak' })]);
  await handedOver(socket, Buffer.concat(Array.from({ length: 10 }, () => find)));
  socket.destroy();
  await closed;
}

const HALF = Buffer.concat([header(LARGEST, 2013), Buffer.alloc(LARGEST / 2)]);
const DEEP = [nested(201), nested(5000), nested(200_000)];
const unknownCommand = () => opMsg([bodySection({ [randomBytes(5000).toString('hex')]: 1, $db: 'soak' })]);

/** What one round of bad clients sends: some 600 messages. */
async function round(): Promise<void> {
  for (let time = 0; time < 30; time++) await Promise.all(NONSENSE.map(([, bytes]) => cutOff(bytes)));
  for (let time = 0; time < 60; time++) {
    const noise = randomBytes(2000);
    await cutOff(Buffer.concat([header(2016, 2013), noise]));
    await hangUp(header(LARGEST, 2013), noise);
  }
  for (let time = 0; time < 30; time++) {
    await Promise.all([refused(lyingText()), refused(unknownCommand()), ...DEEP.map(refused)]);
  }
  for (let time = 0; time < 5; time++) {
    await Promise.all([hangUp(HALF), hangUp(HALF, HALF.subarray(16, -1)), neverRead()]);
  }
}

const status = () => client.db('admin').command({ serverStatus: 1 });

/** Waits until the bad clients are gone, and the memory in use, in MiB, is no more than allowed. */
async function settled(most: number): Promise<number> {
  let resident = Number.POSITIVE_INFINITY;
  await expect
    .poll(
      async () => {
        const { connections, mem } = await status();
        resident = mem.resident;
        return connections.current < 10 && resident <= most;
      },
      { timeout: 60_000, message: `the memory should come down to ${most} MiB` },
    )
    .toBe(true);
  return resident;
}

test('thousands of bad messages leave no memory behind, and a good client is served all the while', async () => {
  let served = 0;
  let over = false;
  const goodClient = async () => {
    while (!over) {
      await users.updateOne({ n: served % 2000 }, { $inc: { seen: 1 } });
      expect(await users.findOne({ n: served % 2000 })).toMatchObject({ n: served % 2000 });
      served++;
    }
  };
  const serving = goodClient();
  const figures: number[] = [];
  try {
    for (let early = 0; early < EARLY_ROUNDS; early++) {
      await round();
      figures.push(await settled(Number.POSITIVE_INFINITY));
    }
    const most = Math.max(...figures) + MOST_GROWTH;
    for (let late = 0; late < LATE_ROUNDS; late++) {
      const before = served;
      await round();
      expect(served).toBeGreaterThan(before);
      figures.push(await settled(most));
    }
  } finally {
    over = true;
    process.stdout.write(`resident after each round, in MiB: ${figures.join(' ')}; served ${served}\n`);
    await serving;
  }
});
