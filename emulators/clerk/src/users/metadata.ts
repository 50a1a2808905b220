import { refuse } from '../http/api-error.ts';
import { isObject } from '../http/input.ts';

const MAX_BYTES = 8192;

type Json = Record<string, unknown>;

/** Merges a change into metadata as Clerk does: objects deeply, anything else by replacement, `null` deletes its key. */
export function mergeMetadata(current: Json, change: Json): Json {
  const merged = new Map(Object.entries(current));
  for (const [key, value] of Object.entries(change)) {
    if (value === null) merged.delete(key);
    else if (isObject(value)) {
      const before = merged.get(key);
      merged.set(key, mergeMetadata(isObject(before) ? before : {}, value));
    } else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

/**
 * Metadata as it is stored.
 *
 * @throws ApiError 422 `form_param_exceeds_allowed_size` over 8 KB
 */
export function metadataText(name: string, metadata: Json): string {
  const text = JSON.stringify(metadata);
  if (Buffer.byteLength(text) > MAX_BYTES) throw refuse.tooLarge(name, `${MAX_BYTES} bytes`);
  return text;
}
