import { parseRetryAfter } from '../time/backoff.ts';
import type { Reply } from './exchange.ts';
import { isObject } from './json.ts';
import { type Operation, readOperations } from './opcode.ts';
import { asRunError, type RunError, serverError, serverFailure } from './run-error.ts';

/** What an app's answer to a call means. */
export type Outcome =
  /** The function reports steps and goes on. */
  | {
      kind: 'operations';
      operations: Operation[];
      noRetry: boolean;
      retryAfter: number | undefined;
      version: number;
    }
  /** The function returned; `output` is JSON. */
  | { kind: 'result'; output: string }
  /** The function, or the way to it, failed. `output` is what is shown as the run's result (JSON). */
  | {
      kind: 'error';
      error: RunError;
      output?: string;
      noRetry: boolean;
      retryAfter: number | undefined;
      /** No answer came. */
      isUnreached?: boolean;
    };

const MAX_QUOTED = 2048;

/** Reads an app's answer (SDK_SPEC 4.4.3 and 5.1.1; inngest: pkg/execution/driver/httpdriver). */
export function readOutcome(reply: Reply): Outcome {
  const { status, headers, body } = unwrapStream(reply);
  const isSdk = headers['x-inngest-sdk'] !== undefined;
  const noRetry = headers['x-inngest-no-retry'] === 'true';
  const after = headers['retry-after'];
  const retryAfter = typeof after === 'string' ? parseRetryAfter(after) : undefined;

  if (!isSdk) return notFromSdk(status, body, headers['content-type'], noRetry);
  if (status === 206) {
    const operations = readOperations(body);
    if (typeof operations === 'string') {
      const error = serverError('Error', operations);
      return { kind: 'error', error, output: serverFailure(error), noRetry, retryAfter };
    }
    return {
      kind: 'operations',
      operations,
      noRetry,
      retryAfter,
      version: Number(headers['x-inngest-req-version'] ?? 2),
    };
  }
  const json = asJson(body);
  if (status >= 200 && status < 300 && !noRetry) return { kind: 'result', output: json };
  return { kind: 'error', error: asRunError(JSON.parse(json)), noRetry, retryAfter };
}

/** A 201 carries the real answer in its body: the SDK streams, to keep the connection open (SDK option `streaming`). */
function unwrapStream(reply: Reply): Reply {
  if (reply.status !== 201) return reply;
  try {
    const inner: unknown = JSON.parse(reply.body);
    if (!isObject(inner) || typeof inner.status !== 'number') return reply;
    const headers = isObject(inner.headers) ? (inner.headers as Record<string, string>) : {};
    const lower = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const body = typeof inner.body === 'string' ? inner.body : JSON.stringify(inner.body ?? null);
    return { status: inner.status, headers: { ...reply.headers, ...lower }, body };
  } catch {
    return reply;
  }
}

function notFromSdk(
  status: number,
  body: string,
  contentType: string | undefined,
  noRetry: boolean,
): Outcome {
  const retryAfter = undefined;
  if (status >= 200 && status < 300) {
    const error = serverError('not_sdk', 'The response did not come from an Inngest SDK');
    return { kind: 'error', error, output: asJson(body), noRetry, retryAfter };
  }
  const message = `Your server returned HTTP ${status} before the SDK responded.`;
  const quoted = body.length > MAX_QUOTED ? `${body.slice(0, MAX_QUOTED)}\n… (truncated)` : body;
  const stack = `No step output was produced before the request failed.\n\nUpstream response (${contentType ?? 'unknown content-type'}):\n${quoted}`;
  const error = { error: message, name: 'Server returned a fatal error', message, stack };
  return { kind: 'error', error, noRetry, retryAfter };
}

/** The body where it is JSON, or else the JSON of its text. */
function asJson(body: string): string {
  if (body === '') return 'null';
  try {
    JSON.parse(body);
    return body;
  } catch {
    return JSON.stringify(body);
  }
}
