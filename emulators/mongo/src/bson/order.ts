import { Binary, BSONSymbol, Code, Decimal128, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { type Document, isRegex } from './document.ts';
import { exactDecimal, isNumeric, type Numeric, subtractDecimals, toNumber } from './numbers.ts';

/**
 * The places of BSON's types in MongoDB's order
 * (https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/).
 */
export const Rank = {
  minKey: 1,
  emptyArray: 2,
  null: 5,
  number: 10,
  string: 15,
  document: 20,
  array: 25,
  binary: 30,
  objectId: 35,
  boolean: 40,
  date: 45,
  timestamp: 47,
  regex: 50,
  code: 60,
  codeWithScope: 65,
  maxKey: 127,
} as const;

export function rankOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return Rank.string;
    case 'number':
      return Rank.number;
    case 'boolean':
      return Rank.boolean;
    case 'undefined':
      return Rank.null;
    case 'symbol':
      return Rank.emptyArray; // EMPTY_ARRAY, the only one there is
  }
  if (value === null) return Rank.null;
  if (Array.isArray(value)) return Rank.array;
  if (value?.constructor === Object) return Rank.document;
  if (value instanceof ObjectId) return Rank.objectId;
  if (value instanceof Date) return Rank.date;
  if (value instanceof Timestamp) return Rank.timestamp;
  if (isNumeric(value)) return Rank.number;
  if (value instanceof Binary) return Rank.binary;
  if (isRegex(value)) return Rank.regex;
  if (value instanceof BSONSymbol) return Rank.string;
  if (value instanceof Code) return value.scope ? Rank.codeWithScope : Rank.code;
  if (value instanceof MinKey) return Rank.minKey;
  if (value instanceof MaxKey) return Rank.maxKey;
  return Rank.document;
}

/** Changes strings before they are compared: how a case-insensitive collation sees them. */
export type Fold = (text: string) => string;

/**
 * Turns a value into a string: two such strings compare (`<`, `===`) exactly as MongoDB compares the values, and none is
 * the beginning of another. One definition of order thus serves filters, sorting, unique keys and indexes.
 */
export function orderKey(value: unknown, fold?: Fold): string {
  const rank = rankOf(value);
  return String.fromCharCode(rank) + body(rank, value, fold);
}

function body(rank: number, value: unknown, fold: Fold | undefined): string {
  switch (rank) {
    case Rank.number:
      return numberKey(value as Numeric);
    case Rank.string:
      return textKey(typeof value === 'string' ? value : (value as BSONSymbol).value, fold);
    case Rank.objectId:
      return bytesKey((value as ObjectId).id);
    case Rank.boolean:
      return value ? '\x01' : '\x00';
    case Rank.date:
      return doubleKey((value as Date).getTime());
    case Rank.document:
      return documentKey(value as Document, fold);
    case Rank.array:
      return `${(value as unknown[]).map((item) => orderKey(item, fold)).join('')}\0`;
    case Rank.binary:
      return binaryKey(value as Binary);
    case Rank.timestamp:
      return unsignedKey((value as Timestamp).t) + unsignedKey((value as Timestamp).i);
    case Rank.regex:
      return regexKey(value);
    case Rank.code:
    case Rank.codeWithScope:
      return (
        textKey((value as Code).code) +
        ((value as Code).scope ? documentKey((value as Code).scope ?? {}, fold) : '')
      );
    default:
      return '';
  }
}

/** The key of one field of a sort or an index, which may go down instead of up. */
export function fieldKey(value: unknown, descending: boolean, fold?: Fold): string {
  const key = orderKey(value, fold);
  return descending ? inverted(key) : key;
}

/** Less than, equal to or greater than 0, as MongoDB orders the two values. */
export function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number')
    return a < b ? -1 : a > b ? 1 : a === b ? 0 : compareKeys(a, b);
  if (a === b) return 0;
  const byRank = rankOf(a) - rankOf(b);
  return byRank !== 0 ? byRank : compareKeys(a, b);
}

export const equal = (a: unknown, b: unknown) => compare(a, b) === 0;

function compareKeys(a: unknown, b: unknown): number {
  const [x, y] = [orderKey(a), orderKey(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

const float = new Float64Array(1);
const halves = new Uint16Array(float.buffer);

function doubleKey(value: number): string {
  float[0] = value === 0 ? 0 : value;
  const [d = 0, c = 0, b = 0, a = 0] = halves;
  if (Number.isNaN(value)) return '\0\0\0\0';
  return a & 0x8000
    ? String.fromCharCode(~a & 0xffff, ~b & 0xffff, ~c & 0xffff, ~d & 0xffff)
    : String.fromCharCode(a | 0x8000, b, c, d);
}

const EXACT = '\u8000';

/** The nearest double, then by how much the number differs from it. */
function numberKey(value: Numeric): string {
  const nearest = toNumber(value);
  const key = doubleKey(nearest);
  const mayDiffer = value instanceof Decimal128 || (value instanceof Long && !Number.isSafeInteger(nearest));
  if (!mayDiffer) return key + EXACT;
  const [exact, double] = [exactDecimal(value), exactDecimal(nearest)];
  if (!exact || !double) return key + EXACT;
  const { digits, exponent } = subtractDecimals(exact, double);
  if (digits === 0n) return key + EXACT;
  const text = String(digits < 0n ? -digits : digits).replace(/0+$/, '');
  const magnitude = exponent + String(digits < 0n ? -digits : digits).length;
  const difference = `${String.fromCharCode(0x4000 + magnitude)}${text}\0`;
  return digits > 0n ? `${key}\u8001${difference}` : `${key}\u7fff${inverted(difference)}`;
}

/** A key that sorts the other way round. */
export function inverted(key: string): string {
  let out = '';
  for (let i = 0; i < key.length; i++) out += String.fromCharCode(0xffff - key.charCodeAt(i));
  return out;
}

const NUL = /\0/g;
const ABOVE_SURROGATES = /[\ud800-\uffff]/;

/** Text in the order of its code points, closed by 0 1; a 0 within is written 0 255. */
function textKey(text: string, fold?: Fold): string {
  let key = fold ? fold(text) : text;
  if (key.includes('\0')) key = key.replace(NUL, '\0\xff');
  if (ABOVE_SURROGATES.test(key)) key = byCodePoint(key);
  return `${key}\0\x01`;
}

/** UTF-16 puts surrogate pairs before U+E000 to U+FFFF; code points go the other way. */
function byCodePoint(text: string): string {
  return text.replace(/[\ud800-\uffff]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return String.fromCharCode(code >= 0xe000 ? code - 0x800 : code + 0x2000);
  });
}

function bytesKey(bytes: Uint8Array): string {
  let key = '';
  for (let i = 0; i < bytes.length; i += 2)
    key += String.fromCharCode(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0));
  return key;
}

const unsignedKey = (value: number) => String.fromCharCode(value >>> 16, value & 0xffff);

/** Shorter data first, then the subtype, then the bytes. */
function binaryKey({ buffer, position, sub_type }: Binary): string {
  return unsignedKey(position) + String.fromCharCode(sub_type) + bytesKey(buffer.subarray(0, position));
}

/** Field by field: the value's type, the name, the value. A document that ends first is less. */
function documentKey(document: Document, fold: Fold | undefined): string {
  let key = '';
  for (const [field, value] of Object.entries(document)) {
    if (value === undefined) continue;
    const rank = rankOf(value);
    key += String.fromCharCode(rank) + textKey(field) + body(rank, value, fold);
  }
  return `${key}\0`;
}

function regexKey(value: unknown): string {
  const { pattern, options } = regexParts(value);
  return textKey(pattern) + textKey(options);
}

export function regexParts(value: unknown): { pattern: string; options: string } {
  if (value instanceof RegExp) return { pattern: value.source, options: value.flags };
  const { pattern, options } = value as { pattern: string; options: string };
  return { pattern, options };
}
