import { type Document, isDocument } from '../bson/document.ts';
import { encode } from '../bson/encode.ts';
import { CursorBatch } from './cursors.ts';
import { OpCode, type Request } from './message.ts';

const HEADER = 16;
/** OP_REPLY: the server can await more (8), no cursor, one document. */
const REPLY_PREFIX = 20;
const MESSAGE_PREFIX = 5;

/** The bytes that answer a request. */
export function encodeReply(request: Request, number: number, body: Document): Buffer {
  const bytes = encodeBody(body);
  const prefix = request.legacy ? REPLY_PREFIX : MESSAGE_PREFIX;
  const out = Buffer.allocUnsafe(HEADER + prefix + bytes.length);
  out.fill(0, HEADER, HEADER + prefix);
  out.writeInt32LE(out.length, 0);
  out.writeInt32LE(number, 4);
  out.writeInt32LE(request.id, 8);
  out.writeInt32LE(request.legacy ? OpCode.reply : OpCode.message, 12);
  if (request.legacy) {
    out.writeInt32LE(8, 16);
    out.writeInt32LE(1, 32);
  }
  out.set(bytes, HEADER + prefix);
  return out;
}

/** A cursor's batch holds documents that are bytes already: they are put in as they are. */
function encodeBody(body: Document): Uint8Array {
  const { cursor, ...rest } = body;
  if (!isDocument(cursor)) return encode(body);
  const [name, batch] = Object.entries(cursor).find(([, value]) => value instanceof CursorBatch) ?? [];
  if (name === undefined || !(batch instanceof CursorBatch)) return encode(body);
  const { [name]: _batch, ...terms } = cursor;
  const list = concatenated(batch.documents.map((document, at) => element(0x03, String(at), document)));
  return concatenated([
    element(0x03, 'cursor', concatenated([element(0x04, name, list), inside(terms)])),
    inside(rest),
  ]);
}

/** The elements of a document, without its size and its end. */
const inside = (document: Document) => encode(document).subarray(4, -1);

function element(type: number, name: string, document: Uint8Array): Uint8Array[] {
  return [Buffer.from(`${String.fromCharCode(type)}${name}\0`, 'latin1'), document];
}

/** A document of the elements given. */
function concatenated(parts: (Uint8Array | Uint8Array[])[]): Uint8Array {
  const flat = parts.flat();
  let size = 5;
  for (const part of flat) size += part.length;
  const out = Buffer.allocUnsafe(size);
  out.writeInt32LE(size, 0);
  let at = 4;
  for (const part of flat) {
    out.set(part, at);
    at += part.length;
  }
  out[at] = 0;
  return out;
}
