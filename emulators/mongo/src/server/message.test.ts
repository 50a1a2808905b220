import { connect, type Socket } from 'node:net';
import { BSON, type Document } from 'mongodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  bodySection,
  header,
  lyingText,
  NONSENSE,
  nested,
  opMsg,
  ping,
  sequenceSection,
} from '../../test/wire.ts';
import { type RunningMongo, startMongoServer } from '../index.ts';

let mongo: RunningMongo;
let port: number;
beforeAll(async () => {
  mongo = await startMongoServer();
  port = Number(new URL(mongo.uri).port);
});
afterAll(() => mongo.stop());

/** A connection on which bytes are sent as they are. */
async function rawConnection(): Promise<{
  socket: Socket;
  next(): Promise<Document>;
  closed: Promise<void>;
}> {
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  let held = Buffer.alloc(0);
  const waiting: ((reply: Document) => void)[] = [];
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= held.readInt32LE(0)) {
      const size = held.readInt32LE(0);
      const legacy = held.readInt32LE(12) === 1;
      waiting.shift()?.(BSON.deserialize(held.subarray(legacy ? 36 : 21, size)));
      held = held.subarray(size);
    }
  });
  return { socket, closed, next: () => new Promise((resolve) => waiting.push(resolve)) };
}

test('serverStatus counts commands by their kind, and keeps no names from outside', async () => {
  const { socket, next } = await rawConnection();
  const ask = async (command: Document) => {
    const reply = next();
    socket.write(opMsg([bodySection({ ...command, $db: 'admin' })]));
    return await reply;
  };
  const { opcounters: before } = await ask({ serverStatus: 1 });
  await ask({ find: 'counted' });
  await ask({ nonsense: 1 });
  const { opcounters: after } = await ask({ serverStatus: 1 });
  expect(after).toEqual({ ...before, query: before.query + 1, command: before.command + 2 });
  socket.destroy();
});

test('an OP_QUERY hello is answered by an OP_REPLY', async () => {
  const { socket, next } = await rawConnection();
  const query = BSON.serialize({ isMaster: 1, helloOk: true });
  const namespace = Buffer.from('admin.$cmd\0');
  const rest = Buffer.concat([Buffer.alloc(4), namespace, Buffer.alloc(8), query]);
  const reply = next();
  socket.write(Buffer.concat([header(16 + rest.length, 2004), rest]));
  expect(await reply).toMatchObject({
    ok: 1,
    ismaster: true,
    setName: 'rs0',
    maxWireVersion: 25,
    maxBsonObjectSize: 16777216,
  });
  socket.destroy();
});

test('document sequences are fields of the command', async () => {
  const { socket, next } = await rawConnection();
  const reply = next();
  socket.write(
    opMsg([
      bodySection({ insert: 'seq', $db: 'wire' }),
      sequenceSection('documents', [{ _id: 1 }, { _id: 2 }]),
    ]),
  );
  expect(await reply).toMatchObject({ ok: 1, n: 2 });
  socket.destroy();
});

test('a message with moreToCome is carried out and not answered', async () => {
  const { socket, next } = await rawConnection();
  const reply = next();
  socket.write(
    opMsg([bodySection({ insert: 'more', documents: [{ _id: 1 }], $db: 'wire', writeConcern: { w: 0 } })], {
      flags: 2,
    }),
  );
  socket.write(opMsg([bodySection({ count: 'more', $db: 'wire' })], { id: 2 }));
  expect(await reply).toMatchObject({ n: 1 });
  socket.destroy();
});

test('a checksum that fits is accepted, one that does not closes the connection', async () => {
  const { socket, next, closed } = await rawConnection();
  const reply = next();
  const message = opMsg([bodySection(ping)], { flags: 1 });
  socket.write(message);
  expect(await reply).toMatchObject({ ok: 1 });
  message.writeUInt32LE(0, message.length - 4);
  socket.write(message);
  await closed;
});

test('a message that comes byte by byte, and two that come at once, are answered', async () => {
  const { socket, next } = await rawConnection();
  const message = opMsg([bodySection(ping)]);
  const first = next();
  for (const byte of message) socket.write(Buffer.from([byte]));
  expect(await first).toMatchObject({ ok: 1 });
  const both = [next(), next()];
  socket.write(Buffer.concat([message, message]));
  expect(await Promise.all(both)).toMatchObject([{ ok: 1 }, { ok: 1 }]);
  socket.destroy();
});

test('compression is refused with an error', async () => {
  const { socket, next } = await rawConnection();
  const reply = next();
  socket.write(Buffer.concat([header(25, 2012), Buffer.alloc(9)]));
  expect(await reply).toMatchObject({ ok: 0, codeName: 'ProtocolError' });
  socket.destroy();
});

test.each(NONSENSE)('%s closes the connection, and the others go on', async (_title, bytes) => {
  const [bad, good] = [await rawConnection(), await rawConnection()];
  bad.socket.write(bytes);
  await bad.closed;
  const reply = good.next();
  good.socket.write(opMsg([bodySection(ping)]));
  expect(await reply).toMatchObject({ ok: 1 });
  good.socket.destroy();
});

test('a document that lies about a length is refused, and the connection goes on', async () => {
  const { socket, next } = await rawConnection();
  let reply = next();
  socket.write(lyingText());
  expect(await reply).toMatchObject({ ok: 0, codeName: 'InvalidBSON' });
  reply = next();
  socket.write(opMsg([bodySection(ping)]));
  expect(await reply).toMatchObject({ ok: 1 });
  socket.destroy();
});

test('documents that nest too deep are refused', async () => {
  const { socket, next } = await rawConnection();
  const reply = next();
  socket.write(nested(5000));
  expect(await reply).toMatchObject({ ok: 0, codeName: 'Overflow' });
  socket.destroy();
});

test('clients that hang up in the middle leave nothing behind', async () => {
  const message = opMsg([
    bodySection({ insert: 'half', documents: [{ pad: 'x'.repeat(100_000) }], $db: 'wire' }),
  ]);
  for (let round = 0; round < 50; round++) {
    const { socket } = await rawConnection();
    socket.write(message.subarray(0, message.length - 1));
    socket.destroy();
  }
  const { socket, next } = await rawConnection();
  await vi.waitFor(async () => {
    const reply = next();
    socket.write(opMsg([bodySection({ serverStatus: 1, $db: 'admin' })]));
    expect(await reply).toMatchObject({ connections: { current: 1 } });
  });
  const reply = next();
  socket.write(opMsg([bodySection({ count: 'half', $db: 'wire' })]));
  expect(await reply).toMatchObject({ n: 0 });
  socket.destroy();
});
