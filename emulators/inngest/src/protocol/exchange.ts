import {
  Agent as HttpAgent,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

interface Exchange {
  method: string;
  url: string;
  headers: OutgoingHttpHeaders;
  body: string;
  /** How long to wait for the whole answer, in ms. */
  timeout: number;
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** The app gave no answer: it is down, broke the connection off, or took too long. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  /** The connection was kept open from an earlier request and turned out to be closed: another one may work. */
  readonly stale: boolean;

  constructor(message: string, stale = false) {
    super(message);
    this.stale = stale;
  }
}

/** The answer is larger than what the real server takes. */
export class ReplyTooLarge extends Error {
  override readonly name = 'ReplyTooLarge';
}

/** What the real server reads of an answer at most, in bytes (inngest: MaxSDKResponseBodySize in pkg/consts/consts.go). */
const MAX_REPLY = 8 * 1024 * 1024;
const MAX_REDIRECTS = 10;
const MAX_PARSED = 1_000;

interface Target {
  protocol: string;
  hostname: string;
  port: string;
  path: string;
}

/** Sends requests to apps over connections that are kept open. */
export interface Transport {
  /** @throws Unreachable, ReplyTooLarge */
  send(exchange: Exchange): Promise<Reply>;
  /** Closes all connections, also those under way. */
  close(): void;
}

export function createTransport(): Transport {
  const http = new HttpAgent({ keepAlive: true });
  const https = new HttpsAgent({ keepAlive: true });

  // An app is called under few addresses, and very often.
  const parsed = new Map<string, Target>();
  const parse = (url: string): Target => {
    const known = parsed.get(url);
    if (known) return known;
    const { protocol, hostname, port, pathname, search } = new URL(url);
    const target = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, path: pathname + search };
    if (parsed.size >= MAX_PARSED) parsed.clear();
    parsed.set(url, target);
    return target;
  };

  const once = ({ method, url, headers, body, timeout }: Exchange) =>
    new Promise<Reply>((resolve, reject) => {
      const target = parse(url);
      const secure = target.protocol === 'https:';
      const outgoing = (secure ? requestHttps : requestHttp)({
        ...target,
        method,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        agent: secure ? https : http,
      });
      const timer = setTimeout(
        () => outgoing.destroy(new Error(`no answer within ${timeout / 1000} s`)),
        timeout,
      );
      const fail = (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        if (error instanceof ReplyTooLarge) return reject(error);
        const stale = outgoing.reusedSocket && error.code === 'ECONNRESET';
        reject(new Unreachable(error.message || `connection refused (${error.code})`, stale));
      };
      outgoing.on('error', fail);
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_REPLY) outgoing.destroy(new ReplyTooLarge());
          else chunks.push(chunk);
        });
        incoming.on('error', fail);
        incoming.on('end', () => {
          clearTimeout(timer);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks).toString(),
          });
        });
      });
      outgoing.end(body);
    });

  const withFreshConnection = async (exchange: Exchange) => {
    try {
      return await once(exchange);
    } catch (error) {
      if (!(error instanceof Unreachable && error.stale)) throw error;
      return once(exchange);
    }
  };

  return {
    async send(exchange) {
      let { url } = exchange;
      for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
        const reply = await withFreshConnection({ ...exchange, url });
        const { location } = reply.headers;
        if ((reply.status !== 307 && reply.status !== 308) || location === undefined) return reply;
        url = new URL(location, url).href;
      }
      throw new Unreachable(`more than ${MAX_REDIRECTS} redirects`);
    },
    close() {
      http.destroy();
      https.destroy();
    },
  };
}
