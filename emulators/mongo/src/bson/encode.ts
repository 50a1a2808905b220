import { BSON } from 'bson';
import { CommandError } from '../errors.ts';
import { decode } from './decode.ts';
import type { Document } from './document.ts';

/** How large a document may be, in bytes: MongoDB's own limit. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** Writes a document as BSON; fields that are `undefined` are left out. */
export function encode(document: Document): Uint8Array {
  return BSON.serialize(document, { ignoreUndefined: true });
}

/**
 * Writes a document that is to be stored.
 *
 * @throws CommandError BSONObjectTooLarge above 16 MiB
 */
export function encodeStored(document: Document): Uint8Array {
  let size = Number.POSITIVE_INFINITY;
  try {
    const bytes = encode(document);
    size = bytes.length;
    // `bson` cuts its results from pages of 64 KB: kept as it is, a small document would hold on to a whole page.
    if (size <= MAX_DOCUMENT_BYTES) return new Uint8Array(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new CommandError(
    'BSONObjectTooLarge',
    `object to insert too large. size in bytes: ${size}, max size: ${MAX_DOCUMENT_BYTES}`,
  );
}

/** A deep copy of a value that shares nothing with the original. */
export function copyValue(value: unknown): unknown {
  return decode(encode({ value }))['value'];
}
