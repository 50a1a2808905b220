import type { Document } from '../bson/document.ts';
import { MAX_DOCUMENT_BYTES } from '../bson/encode.ts';
import { MAX_WRITE_BATCH } from '../commands/write-errors.ts';
import { MAX_MESSAGE_BYTES } from './frames.ts';

/** The version of MongoDB whose answers are given: 8.0, the first with the command bulkWrite. */
export const VERSION = '8.0.0';
export const BUILD = { maxWireVersion: 25 };

/** The limits that `hello` states, and that are kept. */
export const LIMITS = {
  maxBsonObjectSize: MAX_DOCUMENT_BYTES,
  maxMessageSizeBytes: MAX_MESSAGE_BYTES,
  maxWriteBatchSize: MAX_WRITE_BATCH,
};

/** What the server says of itself. */
export interface ServerFacts {
  setName: string;
  /** `host:port`, or the path of the socket. */
  address: string;
  /** The number of the connection that asks. */
  connection: number;
  persistent: boolean;
  connections(): number;
  counters(): Document;
  ttlSeconds(): number;
}
