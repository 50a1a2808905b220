import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Inngest, type InngestFunction } from 'inngest';
import { serve } from 'inngest/express';

const quiet = { info() {}, warn() {}, error() {}, debug() {} };

export interface AppOptions {
  id?: string;
  port?: number;
  /** Options of the SDK's client. */
  client?: Partial<ConstructorParameters<typeof Inngest>[0]>;
}

export interface App {
  client: Inngest;
  port: number;
  url: string;
  /** Lets the app register its functions, as a deployment does. */
  register(): Promise<void>;
  stop(): Promise<void>;
}

/** An Express app with these functions at /api/inngest, as its author would write it. */
export async function startApp(
  inngestUrl: string,
  define: (client: Inngest) => InngestFunction.Any[],
  { id = 'app', port = 0, client: clientOptions = {} }: AppOptions = {},
): Promise<App> {
  const client = new Inngest({ id, isDev: true, baseUrl: inngestUrl, logger: quiet, ...clientOptions });
  const app = express();
  app.use('/api/inngest', express.json({ limit: '8mb' }), serve({ client, functions: define(client) }));
  const listening = await listenOn(createServer(app), port);
  const url = `http://127.0.0.1:${listening.port}/api/inngest`;
  return {
    ...listening,
    client,
    url,
    async register() {
      const response = await fetch(url, { method: 'PUT' });
      if (!response.ok) throw new Error(`registering failed: ${await response.text()}`);
    },
  };
}

export interface BareCall {
  stepId: string;
  headers: IncomingHttpHeaders;
  body: {
    event: { name: string; data: Record<string, unknown> };
    events: unknown[];
    steps: Record<string, unknown>;
    ctx: { run_id: string; attempt: number; stack: { stack: string[] }; use_api: boolean };
    version: number;
  };
}

export interface BareReply {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** An app of one function that speaks the protocol without an SDK, as one in another language might. */
export async function startBareApp(
  inngestUrl: string,
  {
    id,
    event,
    config = {},
    answer,
  }: { id: string; event: string; config?: object; answer: (call: BareCall) => BareReply },
): Promise<{ calls: BareCall[]; stop(): Promise<void> }> {
  const calls: BareCall[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body = (text === '' ? {} : JSON.parse(text)) as BareCall['body'];
      const url = new URL(request.url ?? '/', 'http://localhost');
      const call = { stepId: url.searchParams.get('stepId') ?? '', headers: request.headers, body };
      calls.push(call);
      const {
        status = 206,
        headers = { 'x-inngest-sdk': 'test:v1.0.0', 'x-inngest-req-version': '1' },
        body: reply,
      } = answer(call);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof reply === 'string' ? reply : JSON.stringify(reply));
    });
  });
  const { port, stop } = await listenOn(server, 0);
  const url = `http://127.0.0.1:${port}/`;
  const fn = {
    id: `${id}-fn`,
    name: 'fn',
    triggers: [{ event }],
    steps: {
      step: {
        id: 'step',
        name: 'step',
        runtime: { type: 'http', url: `${url}?fnId=${id}-fn&stepId=step` },
        retries: { attempts: 0 },
      },
    },
    ...config,
  };
  const registered = await fetch(new URL('/fn/register', inngestUrl), {
    method: 'POST',
    body: JSON.stringify({
      url,
      deployType: 'ping',
      appName: id,
      sdk: 'test:v1.0.0',
      v: '0.1',
      functions: [fn],
    }),
  });
  if (!registered.ok) throw new Error(`registering failed: ${await registered.text()}`);
  return { calls, stop };
}

async function listenOn(server: Server, port: number) {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
