import {
  Binary,
  BSONError,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import { CommandError } from '../errors.ts';
import { type Document, setField } from './document.ts';

/** How deep documents may nest: MongoDB's own limit. */
const MAX_DEPTH = 200;
const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/**
 * Reads a document. `bson` does the writing; reading is ours because numbers must keep their type: an int32 becomes a
 * number, an int64 a Long, a double a number, or a Double where a plain number would be written back as an int32.
 * Every length is checked against the bytes that are there (https://bsonspec.org/spec.html).
 *
 * @throws CommandError InvalidBSON, or Overflow for documents nested deeper than 200
 */
export function decode(bytes: Uint8Array, start = 0): Document {
  return read(bytes, start, undefined);
}

/**
 * Reads some fields of a document and passes over the others: they are not looked into.
 *
 * @throws CommandError as `decode` does
 */
export function decodeFields(bytes: Uint8Array, fields: ReadonlySet<string>): Document {
  return read(bytes, 0, fields);
}

function read(bytes: Uint8Array, start: number, fields: ReadonlySet<string> | undefined): Document {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return new Reader(buffer, start, buffer.length).document(0, fields);
  } catch (error) {
    // What `bson` does not take for one of its types, such as a regular expression with unknown options.
    throw error instanceof BSONError ? invalid(error.message) : error;
  }
}

/** A double in the form it is kept in: a number wherever `bson` writes that number back as a double. */
export function makeDouble(value: number): number | Double {
  const looksLikeInt =
    Number.isInteger(value) && value >= INT32_MIN && value <= INT32_MAX && !Object.is(value, -0);
  return looksLikeInt ? new Double(value) : value;
}

class Reader {
  private readonly buffer: Buffer;
  private readonly end: number;
  private at: number;

  constructor(buffer: Buffer, at: number, end: number) {
    this.buffer = buffer;
    this.at = at;
    this.end = end;
  }

  document(depth: number, fields?: ReadonlySet<string>): Document {
    const out: Document = {};
    this.elements(depth, (type, name) => {
      if (fields && !fields.has(name)) this.pass(type);
      else if (name === '__proto__') setField(out, name, this.value(type, depth));
      else out[name] = this.value(type, depth);
    });
    return out;
  }

  private array(depth: number): unknown[] {
    const out: unknown[] = [];
    this.elements(depth, (type) => out.push(this.value(type, depth)));
    return out;
  }

  private elements(depth: number, take: (type: number, name: string) => void): void {
    if (depth > MAX_DEPTH)
      throw new CommandError('Overflow', `BSONObj exceeds maximum nested object depth: ${MAX_DEPTH}`);
    const start = this.at;
    const stop = start + this.int32('document size', 5, this.end - start);
    while (this.at < stop - 1) {
      const type = this.buffer[this.at++] ?? 0;
      take(type, this.cstring(stop));
    }
    if (this.at !== stop - 1 || this.buffer[this.at] !== 0)
      throw invalid('a document does not end where its size says');
    this.at = stop;
  }

  private value(type: number, depth: number): unknown {
    switch (type) {
      case 0x01:
        return makeDouble(this.buffer.readDoubleLE(this.skip(8)));
      case 0x02:
        return this.string();
      case 0x03:
        return this.document(depth + 1);
      case 0x04:
        return this.array(depth + 1);
      case 0x05:
        return this.binary();
      case 0x06:
        return null; // the deprecated type undefined
      case 0x07:
        return new ObjectId(Uint8Array.prototype.slice.call(this.buffer, this.skip(12), this.at));
      case 0x08:
        return this.boolean();
      case 0x09:
        return new Date(Number(this.buffer.readBigInt64LE(this.skip(8))));
      case 0x0a:
        return null;
      case 0x0b:
        return new BSONRegExp(this.cstring(this.end), this.cstring(this.end));
      case 0x0d:
        return new Code(this.string());
      case 0x0e:
        return new BSONSymbol(this.string());
      case 0x0f:
        return this.codeWithScope(depth);
      case 0x10:
        return this.buffer.readInt32LE(this.skip(4));
      case 0x11: {
        const at = this.skip(8);
        return new Timestamp({ t: this.buffer.readUInt32LE(at + 4), i: this.buffer.readUInt32LE(at) });
      }
      case 0x12: {
        const at = this.skip(8);
        return new Long(this.buffer.readInt32LE(at), this.buffer.readInt32LE(at + 4));
      }
      case 0x13:
        return new Decimal128(Uint8Array.prototype.slice.call(this.buffer, this.skip(16), this.at));
      case 0x7f:
        return new MaxKey();
      case 0xff:
        return new MinKey();
      default:
        throw invalid(`type 0x${type.toString(16)} is not spoken here`);
    }
  }

  /** Goes on behind a value. */
  private pass(type: number): void {
    switch (type) {
      case 0x02:
        this.skip(this.int32('string length', 1, this.end - this.at - 4));
        return;
      case 0x03:
      case 0x04:
        this.skip(this.int32('document size', 5, this.end - this.at) - 4);
        return;
      default:
        this.value(type, 0);
    }
  }

  private string(): string {
    const length = this.int32('string length', 1, this.end - this.at - 4);
    const at = this.skip(length);
    if (this.buffer[at + length - 1] !== 0) throw invalid('a string does not end where its length says');
    return this.buffer.toString('utf8', at, at + length - 1);
  }

  private cstring(limit: number): string {
    const start = this.at;
    const stop = this.buffer.indexOf(0, start);
    if (stop < 0 || stop >= limit) throw invalid('a name does not end');
    this.at = stop + 1;
    return this.buffer.toString('utf8', start, stop);
  }

  private boolean(): boolean {
    const value = this.buffer[this.skip(1)];
    if (value !== 0 && value !== 1) throw invalid('a boolean is neither 0 nor 1');
    return value === 1;
  }

  private binary(): Binary {
    const length = this.int32('binary length', 0, this.end - this.at - 5);
    const subtype = this.buffer[this.skip(1)] ?? 0;
    const at = this.skip(length);
    const old = subtype === Binary.SUBTYPE_BYTE_ARRAY;
    return new Binary(Uint8Array.prototype.slice.call(this.buffer, old ? at + 4 : at, at + length), subtype);
  }

  private codeWithScope(depth: number): Code {
    this.skip(4);
    return new Code(this.string(), this.document(depth + 1));
  }

  private int32(what: string, least: number, most: number): number {
    const value = this.end - this.at < 4 ? Number.NaN : this.buffer.readInt32LE(this.at);
    if (!(value >= least && value <= most)) throw invalid(`a ${what} lies`);
    this.at += 4;
    return value;
  }

  private skip(size: number): number {
    const at = this.at;
    if (at + size > this.end) throw invalid('a value is cut off');
    this.at += size;
    return at;
  }
}

const invalid = (why: string) => new CommandError('InvalidBSON', `Invalid BSON: ${why}`);
