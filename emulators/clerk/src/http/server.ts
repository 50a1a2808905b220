import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError, refuse } from './api-error.ts';
import { readQuery } from './query.ts';
import { createRouter, type Route } from './router.ts';

const MAX_BODY_BYTES = 1_000_000;
/** The version of the Backend API that is spoken here; `@clerk/backend` asks for it by name. */
const API_VERSION = '2026-05-12';

export interface ServerOptions {
  routes: readonly Route[];
  secretKey: string;
  /** Runs a handler so that all it changes is kept, or nothing. */
  transaction<T>(work: () => T): T;
  /** Called when a call that may have changed something has been answered. */
  onChange(): void;
}

/** The HTTP server of the emulator. */
export function createApiServer(options: ServerOptions): Server {
  const find = createRouter(options.routes);
  const keyDigest = digest(options.secretKey);

  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const url = new URL(request.url ?? '/', 'http://emulator');
    if (url.pathname.startsWith('/v1/')) {
      authorize(request.headers.authorization, keyDigest);
      checkVersion(request.headers['clerk-api-version']);
    }
    const method = request.method ?? 'GET';
    const found = find(method, url.pathname);
    const body = await readBody(request);
    if (found === undefined) throw refuse.notSupported(`${method} ${url.pathname}`);
    const call = {
      params: found.params,
      query: readQuery(url.searchParams),
      body,
      caller: {
        ip: request.socket.remoteAddress ?? '',
        userAgent: request.headers['user-agent'] ?? '',
      },
    };
    if (method === 'GET') return found.route.handler(call);
    const result = options.transaction(() => found.route.handler(call));
    options.onChange();
    return result;
  };

  return createServer((request, response) => {
    answer(request).then(
      (result) => send(response, 200, result),
      (error: unknown) => sendError(response, error),
    );
  });
}

function authorize(header: string | undefined, keyDigest: Buffer): void {
  const [, key] = /^Bearer (\S+)$/.exec(header ?? '') ?? [];
  if (key === undefined) throw refuse.badAuthorization();
  if (!timingSafeEqual(digest(key), keyDigest)) throw refuse.wrongSecretKey();
}

const digest = (text: string) => createHash('sha256').update(text).digest();

function checkVersion(asked: string | string[] | undefined): void {
  if (asked !== undefined && asked !== API_VERSION) throw refuse.apiVersion(String(asked), API_VERSION);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw refuse.bodyTooLarge(MAX_BODY_BYTES);
  }
  if (length === 0) return {};
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(type)) throw refuse.contentType(type || 'of no kind');
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw refuse.noJson();
  }
}

/** The content type bears no charset: the SDK parses JSON only where the header is exactly this. */
function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  const refusal = error instanceof ApiError ? error : unexpected(error);
  const { status, code, message, longMessage, meta } = refusal;
  send(response, status, {
    errors: [{ code, message, long_message: longMessage, ...(meta && { meta }) }],
    clerk_trace_id: randomBytes(16).toString('hex'),
  });
}

function unexpected(error: unknown): ApiError {
  const what = error instanceof Error ? error.message : String(error);
  return new ApiError(500, 'internal_clerk_error', 'Oops, an unexpected error occurred', what);
}
