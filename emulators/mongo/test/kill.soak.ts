import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startMongoServer } from '../src/index.ts';
import { startProgram } from './program.ts';
import { connect } from './server.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'mongo-kill-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
const ROUNDS = 20;
const WRITERS = 8;

test('twenty times kill -9 in the middle of writes: nothing acknowledged is lost, nothing is there by halves', async () => {
  const acknowledged = new Set<string>();
  const groups = new Set<number>();
  let group = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const program = await startProgram(['--port', '0', '--data-dir', dataDir]);
    const client = await connect(program.uri, { retryWrites: false });
    const db = client.db('soak');
    await db.collection('single').createIndex({ key: 1 }, { unique: true });
    let alive = true;
    const writer = async (which: number) => {
      for (let n = 0; alive; n++) {
        const key = `${round}-${which}-${n}`;
        await db.collection('single').insertOne({ key });
        acknowledged.add(key);
        const mine = ++group;
        await db
          .collection('groups')
          .insertMany(Array.from({ length: 10 }, (_, at) => ({ group: mine, at })));
        const session = client.startSession();
        await session.withTransaction(async () => {
          await db.collection('left').insertOne({ group: mine }, { session });
          await db.collection('right').insertOne({ group: mine }, { session });
        });
        await session.endSession();
        groups.add(mine);
      }
    };
    const writers = Array.from({ length: WRITERS }, (_, which) => writer(which).catch(() => {}));
    const before = acknowledged.size;
    await expect.poll(() => acknowledged.size, { timeout: 20_000 }).toBeGreaterThan(before + 20 + round * 3);
    program.kill('SIGKILL');
    await program.ended;
    alive = false;
    await client.close(true);
    await Promise.all(writers);
  }

  const mongo = await startMongoServer({ dataDir });
  const client = await connect(mongo.uri);
  const db = client.db('soak');
  const keys = new Set((await db.collection('single').find().toArray()).map(({ key }) => key));
  expect([...acknowledged].filter((key) => !keys.has(key))).toEqual([]);
  const sizes = await db
    .collection('groups')
    .aggregate([{ $group: { _id: '$group', n: { $sum: 1 } } }])
    .toArray();
  expect(sizes.filter(({ n }) => n !== 10)).toEqual([]);
  const [left, right] = await Promise.all(
    ['left', 'right'].map(async (name) => (await db.collection(name).distinct('group')).sort()),
  );
  expect(left).toEqual(right);
  expect([...groups].filter((one) => !left?.includes(one))).toEqual([]);
  await client.close();
  await mongo.stop();
});
