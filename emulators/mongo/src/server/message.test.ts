import { connect, type Socket } from 'node:net';
import { BSON, type Document } from 'mongodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RunningMongo, startMongoServer } from '../index.ts';
import { crc32c } from './crc32c.ts';

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

const header = (size: number, opCode: number, id = 1) => {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32LE(size, 0);
  bytes.writeInt32LE(id, 4);
  bytes.writeInt32LE(opCode, 12);
  return bytes;
};

/** An OP_MSG of sections. */
function opMsg(sections: Buffer[], { flags = 0, id = 1 } = {}): Buffer {
  const flagBits = Buffer.alloc(4);
  flagBits.writeUInt32LE(flags);
  const body = Buffer.concat([flagBits, ...sections]);
  const withChecksum = flags & 1 ? 4 : 0;
  const message = Buffer.concat([header(16 + body.length + withChecksum, 2013, id), body]);
  if (!withChecksum) return message;
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32c(message));
  return Buffer.concat([message, checksum]);
}
const bodySection = (command: Document) => Buffer.concat([Buffer.from([0]), BSON.serialize(command)]);
function sequenceSection(name: string, documents: Document[]): Buffer {
  const content = Buffer.concat([
    Buffer.from(`${name}\0`),
    ...documents.map((document) => BSON.serialize(document)),
  ]);
  const size = Buffer.alloc(4);
  size.writeInt32LE(content.length + 4);
  return Buffer.concat([Buffer.from([1]), size, content]);
}
const ping = { ping: 1, $db: 'admin' };

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

const lyingDocument = Buffer.from(BSON.serialize({ ping: 1, $db: 'admin', x: 'abc' }));
lyingDocument.writeInt32LE(400, lyingDocument.indexOf('x\0') + 2);

test.each([
  ['a length below the header', header(3, 2013)],
  ['a length above 48 MB', header(48_000_001, 2013)],
  ['a negative length', header(-1, 2013)],
  ['an unknown opcode', Buffer.concat([header(20, 4711), Buffer.alloc(4)])],
  ['an OP_MSG without sections', Buffer.concat([header(20, 2013), Buffer.alloc(4)])],
  ['an unknown required flag', opMsg([bodySection(ping)], { flags: 4 })],
  ['an unknown kind of section', opMsg([Buffer.concat([Buffer.from([7]), BSON.serialize(ping)])])],
  ['a section whose size lies', opMsg([Buffer.from([0, 0xff, 0xff, 0, 0, 0, 0])])],
  ['two bodies', opMsg([bodySection(ping), bodySection(ping)])],
  ['a sequence without a name', opMsg([bodySection(ping), Buffer.from([1, 6, 0, 0, 0, 65, 65])])],
  ['a cut off OP_QUERY', Buffer.concat([header(22, 2004), Buffer.from([0, 0, 0, 0, 65, 65])])],
])('%s closes the connection, and the others go on', async (_title, bytes) => {
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
  socket.write(opMsg([Buffer.concat([Buffer.from([0]), lyingDocument])]));
  expect(await reply).toMatchObject({ ok: 0, codeName: 'InvalidBSON' });
  reply = next();
  socket.write(opMsg([bodySection(ping)]));
  expect(await reply).toMatchObject({ ok: 1 });
  socket.destroy();
});

test('documents that nest too deep are refused', async () => {
  const { socket, next } = await rawConnection();
  const depth = 5000;
  const opening = Array.from({ length: depth }, (_, at) => {
    const bytes = Buffer.from([0, 0, 0, 0, 3, 97, 0]);
    bytes.writeInt32LE(5 + (depth - at) * 8);
    return bytes;
  });
  const deep = Buffer.concat([...opening, Buffer.from(BSON.serialize({})), Buffer.alloc(depth)]);
  const reply = next();
  socket.write(opMsg([Buffer.concat([Buffer.from([0]), deep])]));
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
