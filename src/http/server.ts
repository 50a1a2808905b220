import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ERRORS, type ErrorCode } from './errors.ts';

/** Longer than load balancers keep an idle connection (ms), so that it is they who close it. */
const KEEP_ALIVE_MS = 65_000;

export interface HttpServer {
  /** `http://host:port`, without a trailing slash. */
  url: string;
  /** Lets the requests in flight finish, then closes, and resolves when all is closed. */
  drain(): Promise<void>;
}

/**
 * Listens.
 *
 * @throws Error where the port is in use or not allowed, with what to do about it
 */
export async function listen(
  app: RequestListener,
  { port, host }: { port: number; host: string },
): Promise<HttpServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app);
  server.on('clientError', refuse);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, port, host)));
    server.listen(port, host, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return { url: `http://${shown}:${taken}`, drain: drainer(server) };
}

/** While it drains, it still accepts connections: that is how a load balancer learns that it is not ready any more. */
function drainer(server: Server): () => Promise<void> {
  let inFlight = 0;
  let onIdle: (() => void) | undefined;
  server.prependListener('request', (_req, res: ServerResponse) => {
    inFlight += 1;
    if (onIdle) res.setHeader('Connection', 'close');
    res.once('close', () => {
      inFlight -= 1;
      if (inFlight === 0) onIdle?.();
    });
  });
  return async () => {
    await new Promise<void>((resolve) => {
      onIdle = resolve;
      if (inFlight === 0) resolve();
    });
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeIdleConnections();
    });
  };
}

const REFUSALS: Record<string, ErrorCode> = { HPE_HEADER_OVERFLOW: 'headers_too_large' };

/** What Node could not even parse as HTTP gets an answer in the contract's form, too. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const code = REFUSALS[error.code ?? ''] ?? 'bad_request';
  const { status, message } = ERRORS[code];
  const body = JSON.stringify({ message, code, requestId: '' });
  socket.end(
    `HTTP/1.1 ${status} ${message}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function listenError(cause: NodeJS.ErrnoException, port: number, host: string): Error {
  const message =
    cause.code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is in use: stop the process that has it, or set PORT to another one.`
      : `Cannot listen on ${host}:${port} (${cause.code}): set HOST and PORT to an address of this machine that is free.`;
  return new Error(message, { cause });
}
