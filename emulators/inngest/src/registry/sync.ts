import type { Transport } from '../protocol/exchange.ts';
import { canonicalJson, isObject } from '../protocol/json.ts';
import { sign } from '../protocol/signature.ts';
import { InvalidRegistration, type Registry } from './registry.ts';

/** An address that was asked to be watched, and what came of it. */
interface WatchedApp {
  url: string;
  connected: boolean;
  /** Why it is not connected, in a sentence. */
  problem: string | undefined;
}

export interface Sync {
  /**
   * Watches an app's serve endpoint: registers its functions as soon as it is up, and again whenever they change.
   * Resolves with the ids of its functions when they are registered the first time; rejects where the address is no
   * URL, or answers without being an Inngest app.
   */
  add(url: string): Promise<string[]>;
  /** A function at this address gave no answer: its app is looked after more often until it does. */
  suspect(functionUrl: string): void;
  watched(): WatchedApp[];
  stop(): void;
}

export interface SyncOptions {
  registry: Registry;
  transport: Transport;
  signingKey: string | undefined;
  serverKind: 'dev' | 'cloud';
  log: (line: string) => void;
  /** Called whenever an app answered. */
  onAnswer: (url: string) => void;
}

/** How often an app that is up is asked whether its functions changed, and one that is down whether it is up, in ms. */
const POLL_UP = 2_000;
const POLL_DOWN = 200;
const TIMEOUT = 5_000;

export function createSync(options: SyncOptions): Sync {
  const watches = new Map<string, Watch>();
  let stopped = false;

  const poll = async (watch: Watch) => {
    const { functions, problem, final } = await ask(watch.url, options);
    if (stopped) return;
    watch.connected = problem === undefined;
    if (problem !== watch.problem && problem !== undefined) options.log(problem);
    watch.problem = problem;
    if (problem === undefined) {
      watch.first.resolve(functions);
      options.onAnswer(watch.url);
    } else if (final) {
      watch.first.reject(new Error(problem));
    }
    pollIn(watch, watch.connected ? POLL_UP : POLL_DOWN);
  };
  /** One poll of an app is queued at a time. */
  const pollIn = (watch: Watch, ms: number) => {
    clearTimeout(watch.timer);
    watch.timer = setTimeout(() => void poll(watch), ms).unref();
  };

  return {
    add(url) {
      const known = watches.get(url);
      if (known) return known.first.promise;
      if (!/^https?:/.test(url) || !URL.canParse(url)) {
        return Promise.reject(new Error(`"${url}" is not the http(s) address of an app's Inngest endpoint`));
      }
      const first = Promise.withResolvers<string[]>();
      // Whoever does not wait for it is told by the log.
      first.promise.catch(() => {});
      const watch: Watch = { url, connected: false, problem: undefined, timer: undefined, first };
      watches.set(url, watch);
      void poll(watch);
      return first.promise;
    },
    suspect(functionUrl) {
      for (const watch of watches.values()) {
        if (!watch.connected || !functionUrl.startsWith(watch.url)) continue;
        watch.connected = false;
        pollIn(watch, POLL_DOWN);
      }
    },
    watched: () => [...watches.values()].map(({ url, connected, problem }) => ({ url, connected, problem })),
    stop() {
      stopped = true;
      for (const { timer } of watches.values()) clearTimeout(timer);
    },
  };
}

interface Watch extends WatchedApp {
  timer: NodeJS.Timeout | undefined;
  first: PromiseWithResolvers<string[]>;
}

interface Answer {
  functions: string[];
  problem?: string;
  /** The address answered, but not as an Inngest app does. */
  final?: boolean;
}

/** Asks an app for its functions, in-band where it can (SDK_SPEC 4.3.5); otherwise it registers them by itself. */
async function ask(
  url: string,
  { registry, transport, signingKey, serverKind }: SyncOptions,
): Promise<Answer> {
  const body = canonicalJson({ url });
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-inngest-sync-kind': 'in_band',
    'x-inngest-server-kind': serverKind,
  };
  if (signingKey !== undefined) headers['x-inngest-signature'] = sign(body, signingKey);
  const none: string[] = [];
  try {
    const reply = await transport.send({ method: 'PUT', url, headers, body, timeout: TIMEOUT });
    const answer = parse(reply.body);
    if (reply.status === 401) {
      return {
        functions: none,
        final: true,
        problem: `${url} refused the sync (401): the signing keys differ, or the app is not in dev mode`,
      };
    }
    if (reply.status !== 200 || !isObject(answer)) {
      const message = isObject(answer) && typeof answer.message === 'string' ? `: ${answer.message}` : '';
      return {
        functions: none,
        final: true,
        problem: `${url} is not an Inngest endpoint: it answered ${reply.status}${message}`,
      };
    }
    if (Array.isArray(answer.functions)) {
      return { functions: registry.register(answer).app.functions.map(({ id }) => id) };
    }
    if (typeof answer.message !== 'string') {
      return {
        functions: none,
        final: true,
        problem: `${url} is not an Inngest endpoint: its answer has neither functions nor a message`,
      };
    }
    const app = registry.apps().find((known) => known.url === url);
    return { functions: app?.functions.map(({ id }) => id) ?? none };
  } catch (error) {
    if (error instanceof InvalidRegistration) {
      return { functions: none, final: true, problem: `${url} cannot be synced: ${error.message}` };
    }
    return { functions: none, problem: `${url} cannot be reached: ${(error as Error).message}` };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
