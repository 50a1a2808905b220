import { decode } from '../bson/decode.ts';
import type { Document } from '../bson/document.ts';
import { CommandError } from '../errors.ts';
import { crc32c } from './crc32c.ts';
import { BrokenFrame } from './frames.ts';

export const OpCode = { reply: 1, query: 2004, compressed: 2012, message: 2013 } as const;

const CHECKSUM_PRESENT = 1 << 0;
const MORE_TO_COME = 1 << 1;
/** The flags below this bit must be understood, those above may be ignored. */
const REQUIRED_FLAGS = 0xffff;

/** A message from a client (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/). */
export interface Request {
  id: number;
  /** Whether it is an OP_QUERY, which is answered by an OP_REPLY. */
  legacy: boolean;
  /** Whether the client waits for an answer. */
  wantsReply: boolean;
  /** The command; or what is wrong with it, where the frame is sound and an answer can be given. */
  command: Document | CommandError;
}

/** @throws BrokenFrame where no sense can be made of the bytes */
export function parseMessage(frame: Buffer): Request {
  const id = frame.readInt32LE(4);
  const opCode = frame.readInt32LE(12);
  switch (opCode) {
    case OpCode.message:
      return parseOpMsg(id, frame);
    case OpCode.query:
      return parseOpQuery(id, frame);
    case OpCode.compressed:
      return {
        id,
        legacy: false,
        wantsReply: true,
        command: new CommandError('ProtocolError', 'compression was not agreed on: this server speaks none'),
      };
    default:
      throw new BrokenFrame(`unknown opcode ${opCode}`);
  }
}

function parseOpMsg(id: number, frame: Buffer): Request {
  if (frame.length < 21) throw new BrokenFrame('an OP_MSG without a section');
  const flags = frame.readUInt32LE(16);
  if (flags & REQUIRED_FLAGS & ~(CHECKSUM_PRESENT | MORE_TO_COME))
    throw new BrokenFrame(`unknown flags ${flags & REQUIRED_FLAGS}`);
  let end = frame.length;
  if (flags & CHECKSUM_PRESENT) {
    end -= 4;
    if (frame.readUInt32LE(end) !== crc32c(frame.subarray(0, end)))
      throw new BrokenFrame('the checksum does not fit');
  }
  const wantsReply = (flags & MORE_TO_COME) === 0;
  return { id, legacy: false, wantsReply, command: attempt(() => parseSections(frame, end)) };
}

/** One body, and any number of document sequences, which are fields of the command under their names. */
function parseSections(frame: Buffer, end: number): Document {
  let body: Document | undefined;
  const sequences: Document = {};
  let at = 20;
  while (at < end) {
    const kind = frame[at++];
    const size = end - at < 4 ? -1 : frame.readInt32LE(at);
    if (size < 5 || at + size > end) throw new BrokenFrame('a section whose size lies');
    const section = frame.subarray(at, at + size);
    at += size;
    if (kind === 0) {
      if (body) throw new BrokenFrame('two bodies');
      body = decode(section);
    } else if (kind === 1) {
      const [name, documents] = parseSequence(section);
      sequences[name] = documents;
    } else {
      throw new BrokenFrame(`a section of kind ${kind}`);
    }
  }
  if (!body) throw new BrokenFrame('no body');
  for (const name of Object.keys(sequences)) {
    if (Object.hasOwn(body, name))
      throw new CommandError(40435, `Duplicate field between body and document sequence ${name}`);
  }
  return { ...body, ...sequences };
}

function parseSequence(section: Buffer): [name: string, documents: Document[]] {
  const nameEnd = section.indexOf(0, 4);
  if (nameEnd < 0) throw new BrokenFrame('a document sequence without a name');
  const documents: Document[] = [];
  let at = nameEnd + 1;
  while (at < section.length) {
    const size = section.length - at < 4 ? -1 : section.readInt32LE(at);
    if (size < 5 || at + size > section.length) throw new BrokenFrame('a document whose size lies');
    documents.push(decode(section.subarray(at, at + size)));
    at += size;
  }
  return [section.toString('utf8', 4, nameEnd), documents];
}

/** Drivers open a connection with an OP_QUERY on `admin.$cmd`. */
function parseOpQuery(id: number, frame: Buffer): Request {
  const nameEnd = frame.indexOf(0, 20);
  if (nameEnd < 0 || frame.length < nameEnd + 14) throw new BrokenFrame('a cut off OP_QUERY');
  const [database = '', collection] = frame.toString('utf8', 20, nameEnd).split('.');
  const command = attempt(() => {
    if (collection !== '$cmd')
      throw new CommandError(
        5739101,
        'OP_QUERY is no longer supported. The client driver may require an upgrade.',
      );
    const given = decode(frame, nameEnd + 9);
    const query = given['$query'];
    return { ...(typeof query === 'object' && query !== null ? (query as Document) : given), $db: database };
  });
  return { id, legacy: true, wantsReply: true, command };
}

function attempt(parse: () => Document): Document | CommandError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
}
