import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { EmulatorError, listen } from '@frontdesk/emulator-kit';
import { Store } from '../store/store.ts';
import { serveConnection } from './connection.ts';
import { Executor } from './executor.ts';
import { OpCounters } from './op-counters.ts';
import { removeExpired } from './ttl.ts';

export interface MongoServerOptions {
  /** 0, the default, takes any free port. */
  port?: number | undefined;
  /** Where to listen; 127.0.0.1 without it. */
  host?: string | undefined;
  /** The folder to keep the data in; without one, all is in memory. */
  dataDir?: string | undefined;
  /** A unix socket to listen on instead of a port. */
  socketPath?: string | undefined;
}

export interface RunningMongo {
  /** What to give to `MongoClient` or `mongoose.connect`. It names no database. */
  uri: string;
  stop(): Promise<void>;
}

const SET_NAME = 'rs0';
/** How often sessions, cursors and documents are looked through for those that are over, in seconds. */
const TTL_SECONDS = 60;

/**
 * Starts the server in this thread. Use `startMongoEmulator`, unless the process is there for it alone.
 *
 * @throws EmulatorError where it cannot listen, or the folder cannot be used
 */
export async function startMongoServer({
  port = 0,
  host = '127.0.0.1',
  dataDir,
  socketPath,
}: MongoServerOptions = {}): Promise<RunningMongo> {
  const store = new Store({ dataDir });
  const counters = new OpCounters();
  const sockets = new Set<Socket>();
  let address = '';
  let ttlSeconds = TTL_SECONDS;
  let connections = 0;
  let timer: NodeJS.Timeout | undefined;

  const housekeeping = () => {
    executor.sessions.expire();
    executor.cursors.closeIdle();
    executor.snapshots.forgetOld();
    removeExpired(store, Date.now());
  };
  const schedule = (seconds: number) => {
    ttlSeconds = seconds;
    clearInterval(timer);
    timer = setInterval(housekeeping, seconds * 1000).unref();
  };
  const executor = new Executor(store, schedule);

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const facts = {
      setName: SET_NAME,
      address,
      connection: ++connections,
      persistent: dataDir !== undefined,
      connections: () => sockets.size,
      counters: () => counters.shown(),
      ttlSeconds: () => ttlSeconds,
    };
    serveConnection(socket, { executor, facts, counters, report });
  });

  try {
    address =
      socketPath === undefined
        ? await listenOnPort(server, host, port)
        : await listenOnSocket(server, socketPath);
  } catch (error) {
    store.close();
    throw error;
  }
  schedule(TTL_SECONDS);

  return {
    uri: `mongodb://${socketPath === undefined ? address : encodeURIComponent(socketPath)}/?directConnection=true`,
    async stop() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      store.close();
    },
  };
}

async function listenOnPort(server: Server, host: string, port: number): Promise<string> {
  const { address, port: taken } = await listen(server, { host, port });
  return host === '0.0.0.0' || host === '::' ? `127.0.0.1:${taken}` : address;
}

/** A socket file that a killed server left behind is taken over; one that somebody listens on is not. */
async function listenOnSocket(server: Server, path: string): Promise<string> {
  if (await someoneListens(path)) {
    throw new EmulatorError(
      'socket_in_use',
      `another process listens on ${path}: stop it, or choose another path`,
    );
  }
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new EmulatorError('cannot_listen', `cannot listen on ${path}: ${cause.message}`, { cause })),
    );
    server.listen(path, resolve);
  });
  return path;
}

function someoneListens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

function report(error: unknown): void {
  process.stderr.write(
    `mongo emulator: an internal error, please report it: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
}
