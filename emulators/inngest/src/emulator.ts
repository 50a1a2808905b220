import { createClock, listen } from '@frontdesk/emulator-kit';
import { retryUnreached } from './engine/call-app.ts';
import type { CallInProgress, Core } from './engine/core.ts';
import { scheduleCrons } from './engine/crons.ts';
import { createFaults, type Fault } from './engine/faults.ts';
import { perform } from './engine/perform.ts';
import { createExpressions } from './expressions/expression.ts';
import { emulatorRoutes } from './http/emulator-api.ts';
import { eventRoutes } from './http/events-api.ts';
import { pageRoutes } from './http/page-api.ts';
import { restRoutes } from './http/rest-api.ts';
import { healthRoutes, sdkRoutes } from './http/sdk-api.ts';
import { createHttpServer, guarded } from './http/server.ts';
import { createTransport } from './protocol/exchange.ts';
import { createQueue } from './queue/queue.ts';
import { createRegistry } from './registry/registry.ts';
import { createSync } from './registry/sync.ts';
import { openDatabase } from './store/database.ts';
import { createPruner } from './store/prune.ts';
import { createStore } from './store/store.ts';
import { createUlids } from './time/ulid.ts';

/** How long the calls under way have to end when it is stopped, in ms; what does not is called again after the next start. */
const STOP_GRACE = 2_000;

export interface InngestEmulatorOptions {
  /** Where it listens; 0, the default, takes any free port. */
  port?: number;
  host?: string;
  /** Addresses of apps' Inngest endpoints, such as `http://localhost:3000/api/inngest`. They may come up later. */
  apps?: readonly string[];
  /** The folder that keeps events and runs; without one they are in memory. */
  dataDir?: string;
  /** With it, calls are signed and API requests must carry it, as with Inngest Cloud. */
  signingKey?: string;
  /** With it, events are taken only with this key. */
  eventKey?: string;
  /** How many finished runs are kept, and as many events; the default is 10,000. */
  keepRuns?: number;
  /** Is told what went wrong and whose fault it was, a line at a time. */
  log?: (line: string) => void;
}

export interface InngestEmulator {
  /** What `INNGEST_DEV` or `INNGEST_BASE_URL` is set to. */
  url: string;
  /**
   * Watches an app's Inngest endpoint; it may come up later. Resolves with the ids of its functions when they are
   * registered; rejects where the address is no URL, or answers without being an Inngest app.
   */
  addApp(url: string): Promise<string[]>;
  /** Resolves when nothing is running or due now. What sleeps or waits for its next attempt does not count. */
  idle(): Promise<void>;
  /** Turns the clock forward and lets what falls due run, one moment after the other. */
  advance(ms: number): Promise<void>;
  /** Makes something go wrong with the next events or calls. */
  fail(fault: Fault): void;
  /** Lets the calls under way end and closes everything. What is queued goes on at the next start on the same folder. */
  stop(): Promise<void>;
}

/**
 * Starts an Inngest server.
 *
 * @example
 * const inngest = await startInngestEmulator();
 * process.env.INNGEST_DEV = inngest.url;
 * await inngest.addApp('http://localhost:3000/api/inngest');
 *
 * @throws EmulatorError where the port is taken or the folder cannot be used
 */
export async function startInngestEmulator(options: InngestEmulatorOptions = {}): Promise<InngestEmulator> {
  const {
    port = 0,
    host = '127.0.0.1',
    apps = [],
    dataDir,
    signingKey,
    eventKey,
    keepRuns = 10_000,
    log = () => {},
  } = options;
  const db = openDatabase(dataDir);
  const store = createStore(db);
  const clock = createClock(store.settings.clockOffset());
  const expressions = createExpressions();
  const registry = createRegistry(store.settings, expressions);
  const transport = createTransport();
  const faults = createFaults();
  const queue = createQueue({ db, jobs: store.jobs, clock, log, perform: (job) => perform(core, job) });
  const core: Core = {
    clock,
    db,
    store,
    registry,
    queue,
    transport,
    expressions,
    calls: new Map<string, CallInProgress>(),
    faults,
    pruner: createPruner(db, keepRuns),
    unreached: new Map(),
    appIsSilent: (url) => sync.suspect(url),
    newId: createUlids(clock.now),
    random: Math.random,
    signingKey,
    serverKind: signingKey === undefined ? 'dev' : 'cloud',
    log,
  };
  for (const run of store.runs.holdingSlots()) queue.slots.holdRun(run.id, run.slots?.run ?? []);
  registry.onChange(() => scheduleCrons(core));
  scheduleCrons(core);

  const sync = createSync({
    registry,
    transport,
    signingKey,
    serverKind: core.serverKind,
    log,
    onAnswer: (url) => retryUnreached(core, url),
  });
  const advance = async (ms: number) => {
    await queue.advance(ms);
    store.settings.saveClockOffset(clock.offset());
    await db.committed();
  };
  const server = createHttpServer(
    [
      ...eventRoutes(core, eventKey),
      ...guarded([...sdkRoutes(core), ...restRoutes(core)], signingKey),
      ...healthRoutes(core),
      ...pageRoutes(core, sync),
      ...emulatorRoutes(core, sync, { idle: queue.idle, advance }),
    ],
    log,
  );
  const close = async () => {
    sync.stop();
    await queue.stop(STOP_GRACE);
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    transport.close();
    db.close();
  };
  try {
    const { address } = await listen(server, { port, host });
    queue.pump();
    for (const url of apps) void sync.add(url).catch((error: Error) => log(error.message));
    return {
      url: `http://${address}`,
      addApp: sync.add,
      fail: faults.add,
      idle: queue.idle,
      advance,
      stop: once(close),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= action();
    return done;
  };
}
