import type { IncomingMessage } from 'node:http';
import { refuse } from './api-error.ts';

const MAX_BYTES = 1_000_000;

/**
 * The body of a request as parsed JSON; `{}` where there is none.
 *
 * @throws ApiError 400 `request_body_invalid`, 413, or 415 `unsupported_content_type`
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BYTES) chunks.push(chunk);
  }
  if (length > MAX_BYTES) throw refuse.bodyTooLarge(MAX_BYTES);
  if (length === 0) return {};
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(type)) throw refuse.contentType(type || 'of no kind');
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw refuse.noJson();
  }
}
