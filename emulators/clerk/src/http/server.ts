import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError, refuse } from './api-error.ts';
import type { ApiFaults } from './api-faults.ts';
import { readJsonBody } from './json-body.ts';
import { readQuery } from './query.ts';
import { type Call, createRouter, RawReply, type Route } from './router.ts';
import { requireSameSite } from './same-site.ts';

/** The version of the Backend API that is spoken here; `@clerk/backend` asks for it by name. */
const API_VERSION = '2026-05-12';

export interface ServerOptions {
  /** The Backend API: under `/v1/`, for those who know the secret key, each call a transaction. */
  api: readonly Route[];
  /** Everything else: for this machine, without a key. */
  control: readonly Route[];
  secretKey: string;
  faults: ApiFaults;
  /** The emulator's time: what its answers are dated by. */
  now: () => number;
  /** Runs a handler so that all it changes is kept, or nothing. */
  transaction<T>(work: () => T): T;
  /** Called when a call that may have changed something has been answered. */
  onChange(): void;
}

/** The HTTP server of the emulator. */
export function createApiServer(options: ServerOptions): Server {
  const keyDigest = digest(options.secretKey);
  const api = createRouter(options.api);
  const control = createRouter(options.control);

  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const method = request.method ?? 'GET';
    const url = URL.parse(request.url ?? '/', 'http://emulator');
    if (url === null) throw refuse.notFound();
    const isApi = url.pathname.startsWith('/v1/');
    if (isApi) {
      authorize(request.headers.authorization, keyDigest);
      checkVersion(request.headers['clerk-api-version']);
    } else requireSameSite(request.headers);
    const body = await readJsonBody(request);
    if (isApi) {
      const fault = options.faults.strike(method, url.pathname);
      if (fault !== undefined) return faultReply(fault);
    }
    const found = (isApi ? api : control)(method, url.pathname);
    if (found === undefined) throw refuse.notSupported(`${method} ${url.pathname}`);
    const { route, params } = found;
    const call: Call = {
      param: (name) => params[name] ?? '',
      query: readQuery(url.searchParams),
      body,
      caller: { ip: request.socket.remoteAddress ?? '', userAgent: request.headers['user-agent'] ?? '' },
    };
    if (method === 'GET') return route.handler(call);
    const result = isApi ? options.transaction(() => route.handler(call)) : await route.handler(call);
    options.onChange();
    return result;
  };

  // Connections stay open: a client must not find one closed that it is about to use again.
  return createServer({ keepAliveTimeout: 0 }, (request, response) => {
    response.setHeader('date', new Date(options.now()).toUTCString());
    answer(request).then(
      (result) => (result instanceof RawReply ? result.write(response) : sendJson(response, 200, result)),
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

function faultReply({ error, headers }: { error: ApiError | undefined; headers: Record<string, string> }) {
  return new RawReply((response) => {
    // Without an error the call is left hanging, until its caller or the emulator closes the connection.
    if (error !== undefined) sendError(response, error, headers);
  });
}

/** The content type bears no charset: the SDK parses JSON only where the header is exactly this. */
function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

function sendError(response: ServerResponse, error: unknown, headers: Record<string, string> = {}): void {
  if (response.destroyed) return;
  const { status, code, shortMessage, message, meta } = error instanceof ApiError ? error : unexpected(error);
  const body = {
    errors: [{ code, message: shortMessage, long_message: message, ...(meta && { meta }) }],
    clerk_trace_id: randomBytes(16).toString('hex'),
  };
  sendJson(response, status, body, headers);
}

function unexpected(error: unknown): ApiError {
  const what = error instanceof Error ? error.message : String(error);
  return new ApiError(500, 'internal_clerk_error', 'Oops, an unexpected error occurred', what);
}
