import { request } from 'node:http';
import { createClerkClient } from '@clerk/backend';
import { clerkMiddleware, getAuth } from '@clerk/express';
import express, { type Express, type Request, type RequestHandler } from 'express';
import { type ClerkInstance, ORIGIN } from './clerk-instance.ts';
import { listen, startGuardedApp } from './guarded-app.ts';

/** What an application made of a request: who was let in with which claims, or the status of the refusal. */
interface Verdict {
  status: number;
  admitted: unknown;
}

export interface Asking {
  method?: string;
  path?: string;
  /** As they go over the wire: name, value, name, value, … */
  headers?: string[];
}

export interface Judges {
  /** Plain `clerkMiddleware()` and `getAuth()` of `@clerk/express`. */
  sdk(asking: Asking): Promise<Verdict>;
  /** `clerkAuth` and `getAuth()`. */
  ours(asking: Asking): Promise<Verdict>;
  /** Calls that ours made to Clerk. */
  calls: string[];
  stop(): Promise<void>;
}

/** Two applications that differ in their middleware alone. */
export async function startJudges(instance: ClerkInstance, ahead?: RequestHandler): Promise<Judges> {
  const mount = (app: Express) => ahead && app.use(ahead);
  const guarded = await startGuardedApp(instance, {
    environment: { CLERK_AUTHORIZED_PARTIES: ORIGIN },
    before: mount,
    routes: answerWho,
  });
  const clerkApi = await listen((_req, res) => void res.writeHead(404).end('{"errors":[]}'));
  const { publishableKey, secretKey, jwtKey } = instance;
  const keys = { publishableKey, secretKey, jwtKey, apiUrl: clerkApi.url };
  const clerkClient = createClerkClient({ ...keys, telemetry: { disabled: true } });
  const app = express();
  mount(app);
  app.use(clerkMiddleware({ ...keys, clerkClient, authorizedParties: [ORIGIN] }));
  answerWho(app);
  const plain = await listen(app);
  return {
    sdk: (asking) => ask(plain.url, asking),
    ours: (asking) => ask(guarded.url, asking),
    calls: guarded.calls,
    stop: async () => void (await Promise.all([guarded.stop(), plain.stop(), clerkApi.stop()])),
  };
}

function answerWho(app: Express): void {
  app.use((req, res) => {
    const auth = getAuth(req);
    if (auth.userId) res.json({ ...JSON.parse(JSON.stringify(auth)), pending: pendingUserOf(req) });
    else res.status(401).json({ pending: pendingUserOf(req) });
  });
  app.use(
    ((_error, _req, res, _next) => void res.status(500).json(null)) satisfies express.ErrorRequestHandler,
  );
}

const pendingUserOf = (req: Request) => getAuth(req, { treatPendingAsSignedOut: false }).userId;

function ask(url: string, { method = 'GET', path = '/', headers = [] }: Asking): Promise<Verdict> {
  const { host, hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request(
      { hostname, port, path, method, headers: ['Host', host, ...headers] },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk;
        });
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          resolve({ status, admitted: status === 200 ? JSON.parse(body) : pendingOf(body) });
        });
      },
    );
    asked.once('error', reject).end();
  });
}

function pendingOf(body: string): unknown {
  return body.startsWith('{') ? (JSON.parse(body).pending ?? null) : null;
}
