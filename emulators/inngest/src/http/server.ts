import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isAuthorized } from '../protocol/signature.ts';

export interface Request {
  method: string;
  path: string;
  /** The variable parts of the route's path, decoded. */
  params: string[];
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface Response {
  status: number;
  /** An object is sent as JSON. */
  body: unknown;
  headers?: Record<string, string>;
}

export interface Route {
  method: string;
  /** `:x` stands for one variable part. */
  path: string;
  handle(request: Request): Response | Promise<Response>;
}

/** The largest request that is read, in bytes: 5,000 events would otherwise be no limit at all. */
const MAX_BODY = 64 * 1024 * 1024;

/** A request is answered with an error: `{"error": …, "status": …}`, as the real server does. */
export function problem(status: number, error: string): Response {
  return { status, body: { error, status } };
}

/** The request's body as JSON, or undefined where it is none. */
export function jsonOf(request: Request): unknown {
  try {
    return JSON.parse(request.body.toString());
  } catch {
    return undefined;
  }
}

/** The same routes for those alone who carry the signing key, where there is one. */
export function guarded(routes: readonly Route[], signingKey: string | undefined): Route[] {
  if (signingKey === undefined) return [...routes];
  return routes.map((route) => ({
    ...route,
    handle: (request) =>
      isAuthorized(request.headers.authorization, signingKey)
        ? route.handle(request)
        : problem(401, 'Unauthorized'),
  }));
}

/** @param log is told of faults of the emulator itself */
export function createHttpServer(routes: readonly Route[], log: (line: string) => void): Server {
  const compiled = routes.map((route) => ({
    ...route,
    pattern: new RegExp(`^${route.path.replace(/:\w+/g, '([^/]+)').replace(/[.]/g, '\\.')}/?$`),
  }));

  const answer = async (incoming: IncomingMessage): Promise<Response> => {
    const [path = '/', query = ''] = (incoming.url ?? '/').split('?', 2);
    const sameMethod = (method: string) =>
      method === incoming.method || (method === 'GET' && incoming.method === 'HEAD');
    let known = false;
    for (const { method, pattern, handle } of compiled) {
      const match = pattern.exec(path);
      if (!match) continue;
      known = true;
      if (!sameMethod(method)) continue;
      const body = await readBody(incoming);
      if (!body) return problem(413, `the request is larger than ${MAX_BODY} bytes`);
      return handle({
        method,
        path,
        params: match.slice(1).map(decode),
        query: new URLSearchParams(query),
        headers: incoming.headers,
        body,
      });
    }
    return known
      ? problem(405, `${incoming.method} is not allowed here`)
      : problem(404, `there is no ${path} here`);
  };

  return createServer((incoming, outgoing) => {
    answer(incoming).then(
      (response) => send(outgoing, response),
      (error: Error) => {
        if (!incoming.readableAborted)
          log(`internal error in ${incoming.method} ${incoming.url}: ${error.stack}`);
        send(outgoing, problem(500, 'internal error of the emulator, see its log'));
      },
    );
  });
}

function send(outgoing: ServerResponse, { status, body, headers }: Response): void {
  if (outgoing.destroyed || outgoing.headersSent) return;
  const isText = typeof body === 'string';
  const payload = isText ? body : JSON.stringify(body);
  outgoing.writeHead(status, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': Buffer.byteLength(payload),
    'cache-control': 'no-store',
    ...headers,
  });
  outgoing.end(payload);
}

/** The whole body, or undefined where it is too large. */
function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY) chunks.push(chunk);
    });
    incoming.on('end', () => resolve(size > MAX_BODY ? undefined : Buffer.concat(chunks)));
    incoming.on('error', reject);
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
