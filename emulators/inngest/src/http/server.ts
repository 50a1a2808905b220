import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

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

/** @param log is told of faults of the emulator itself */
export function createHttpServer(routes: readonly Route[], log: (line: string) => void): Server {
  const compiled = routes.map((route) => ({
    ...route,
    pattern: new RegExp(`^${route.path.replace(/:\w+/g, '([^/]+)').replace(/[.]/g, '\\.')}/?$`),
  }));

  const answer = async (incoming: IncomingMessage): Promise<Response> => {
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    const sameMethod = (method: string) =>
      method === incoming.method || (method === 'GET' && incoming.method === 'HEAD');
    let known = false;
    for (const { method, pattern, handle } of compiled) {
      const match = pattern.exec(url.pathname);
      if (!match) continue;
      known = true;
      if (!sameMethod(method)) continue;
      const body = await readBody(incoming);
      if (!body) return problem(413, `the request is larger than ${MAX_BODY} bytes`);
      return handle({
        method,
        path: url.pathname,
        params: match.slice(1).map(decode),
        query: url.searchParams,
        headers: incoming.headers,
        body,
      });
    }
    return known
      ? problem(405, `${incoming.method} is not allowed here`)
      : problem(404, `there is no ${url.pathname} here`);
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

async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
