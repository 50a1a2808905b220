import { Long } from 'bson';
import type { Document } from '../bson/document.ts';
import { encode, MAX_DOCUMENT_BYTES } from '../bson/encode.ts';
import { CommandError } from '../errors.ts';

/** A batch of documents, encoded. */
export class CursorBatch {
  readonly documents: Uint8Array[];
  constructor(documents: Uint8Array[]) {
    this.documents = documents;
  }
}

interface Cursor {
  id: Long;
  namespace: string;
  session: string | undefined;
  results: readonly (Uint8Array | Document)[];
  at: number;
  /** When it was last asked, in milliseconds since the epoch. */
  used: number;
}

export interface CursorOptions {
  batchSize: number;
  /** Whether to close it after the first batch. */
  single: boolean;
  session: string | undefined;
}

/** How long a cursor that nobody asks is kept, in milliseconds: MongoDB's own limit. */
const IDLE_MS = 10 * 60_000;

/** The open cursors: result sets that are handed out in batches. */
export class Cursors {
  private readonly cursors = new Map<string, Cursor>();
  private last = 0;

  /** The answer to a command that begins a cursor. */
  open(
    namespace: string,
    results: Cursor['results'],
    { batchSize, single, session }: CursorOptions,
  ): Document {
    const cursor = { id: this.nextId(), namespace, session, results, at: 0, used: Date.now() };
    const firstBatch = take(cursor, batchSize);
    const done = single || cursor.at >= results.length;
    if (!done) this.cursors.set(cursor.id.toString(), cursor);
    return { cursor: { firstBatch, id: done ? Long.ZERO : cursor.id, ns: namespace } };
  }

  /** @throws CommandError CursorNotFound */
  more(id: string, batchSize: number): Document {
    const cursor = this.cursors.get(id);
    if (!cursor) throw new CommandError('CursorNotFound', `cursor id ${id} not found`);
    cursor.used = Date.now();
    const nextBatch = take(cursor, batchSize);
    const done = cursor.at >= cursor.results.length;
    if (done) this.cursors.delete(id);
    return { cursor: { nextBatch, id: done ? Long.ZERO : cursor.id, ns: cursor.namespace } };
  }

  kill(ids: readonly unknown[]): Document {
    const [cursorsKilled, cursorsNotFound]: [unknown[], unknown[]] = [[], []];
    for (const id of ids) (this.cursors.delete(String(id)) ? cursorsKilled : cursorsNotFound).push(id);
    return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [] };
  }

  closeOfSession(session: string): void {
    for (const [id, cursor] of this.cursors) if (cursor.session === session) this.cursors.delete(id);
  }

  closeIdle(now = Date.now()): void {
    for (const [id, cursor] of this.cursors) if (now - cursor.used > IDLE_MS) this.cursors.delete(id);
  }

  private nextId(): Long {
    return Long.fromNumber(++this.last * 2 ** 20 + Math.floor(Math.random() * 2 ** 20));
  }
}

/** As many documents as asked for, and no more than fit into a reply. */
function take(cursor: Cursor, batchSize: number): CursorBatch {
  const documents: Uint8Array[] = [];
  let size = 0;
  while (documents.length < batchSize && cursor.at < cursor.results.length) {
    const next = cursor.results[cursor.at] as Uint8Array | Document;
    const bytes = next instanceof Uint8Array ? next : encode(next);
    size += bytes.length;
    if (size > MAX_DOCUMENT_BYTES && documents.length > 0) break;
    documents.push(bytes);
    cursor.at++;
  }
  return new CursorBatch(documents);
}
