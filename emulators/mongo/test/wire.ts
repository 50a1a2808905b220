import { BSON, type Document } from 'mongodb';
import { crc32c } from '../src/server/crc32c.ts';

/** Messages byte by byte, so that they can be made wrong. */
export const header = (size: number, opCode: number, id = 1) => {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32LE(size, 0);
  bytes.writeInt32LE(id, 4);
  bytes.writeInt32LE(opCode, 12);
  return bytes;
};

/** An OP_MSG of sections. */
export function opMsg(sections: Buffer[], { flags = 0, id = 1 } = {}): Buffer {
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

export const bodySection = (command: Document) => Buffer.concat([Buffer.from([0]), BSON.serialize(command)]);

export function sequenceSection(name: string, documents: Document[]): Buffer {
  const content = Buffer.concat([
    Buffer.from(`${name}\0`),
    ...documents.map((document) => BSON.serialize(document)),
  ]);
  const size = Buffer.alloc(4);
  size.writeInt32LE(content.length + 4);
  return Buffer.concat([Buffer.from([1]), size, content]);
}

export const ping = { ping: 1, $db: 'admin' };

/** A message whose document says that its text is longer than the document. */
export function lyingText(): Buffer {
  const document = Buffer.from(BSON.serialize({ ping: 1, $db: 'admin', x: 'abc' }));
  document.writeInt32LE(400, document.indexOf('x\0') + 2);
  return opMsg([Buffer.concat([Buffer.from([0]), document])]);
}

/** A message whose document holds a document that holds a document, and so on. */
export function nested(depth: number): Buffer {
  const opening = Array.from({ length: depth }, (_, at) => {
    const bytes = Buffer.from([0, 0, 0, 0, 3, 97, 0]);
    bytes.writeInt32LE(5 + (depth - at) * 8);
    return bytes;
  });
  const document = Buffer.concat([...opening, Buffer.from(BSON.serialize({})), Buffer.alloc(depth)]);
  return opMsg([Buffer.concat([Buffer.from([0]), document])]);
}

/** Messages that make no sense: who sends one is cut off. */
export const NONSENSE: readonly (readonly [title: string, bytes: Buffer])[] = [
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
];
