import { decode } from '../bson/decode.ts';
import type { Document } from '../bson/document.ts';

/** A stored document. It never changes: an update makes a new record with the same number. */
export interface Stored {
  /** The place in natural order, and the row on disk. Unique over all collections. */
  readonly number: number;
  /** The order key of `_id`. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** How many bytes of documents each of two generations keeps decoded; as objects they take some five times that. */
const GENERATION_BYTES = 4 * 1024 * 1024;

/**
 * Documents are kept as bytes, a third of the size they have as objects. Those read lately are kept decoded too: what was
 * not read again by the time a generation is full is forgotten with it.
 */
export class DecodedDocuments {
  private young = new Map<Stored, Document>();
  private old = new Map<Stored, Document>();
  private youngBytes = 0;

  /** The document. It must not be changed. */
  of(stored: Stored): Document {
    const known = this.young.get(stored);
    if (known) return known;
    const document = this.old.get(stored) ?? decode(stored.bytes);
    this.remember(stored, document);
    return document;
  }

  remember(stored: Stored, document: Document): void {
    if (this.youngBytes >= GENERATION_BYTES) {
      this.old = this.young;
      this.young = new Map();
      this.youngBytes = 0;
    }
    this.young.set(stored, document);
    this.youngBytes += stored.bytes.length;
  }

  forget(stored: Stored): void {
    this.young.delete(stored);
    this.old.delete(stored);
  }
}
