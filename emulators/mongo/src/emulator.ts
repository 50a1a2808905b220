import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EmulatorError } from '@frontdesk/emulator-kit';
import type { MongoServerOptions, RunningMongo } from './server/server.ts';

type Started = { uri: string } | { error: { code: string; message: string } };

/**
 * The room for new objects, in MiB: three times V8's semi-space. Left to itself, V8 takes 128 MiB while a folder is
 * loaded, more than the data, and no less speed comes of 16 MiB.
 */
const YOUNG_GENERATION_MB = 48;

/**
 * Where Node keeps compiled code, by its own default. Told through the environment, it is used for the worker's first
 * module too: the compiler for TypeScript then need not be loaded, which is a third of the start.
 */
const COMPILE_CACHE = join(tmpdir(), 'node-compile-cache');

/**
 * Starts a MongoDB for development and tests, in a worker thread, so that it shares no event loop with who uses it.
 *
 * @throws EmulatorError where it cannot listen, or the folder cannot be used
 * @example
 * const mongo = await startMongoEmulator();
 * await mongoose.connect(mongo.uri, { dbName: 'shop' });
 * // …
 * await mongo.stop();
 */
export async function startMongoEmulator(options: MongoServerOptions = {}): Promise<RunningMongo> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: options,
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  const exited = once(worker, 'exit');
  const [started] = (await once(worker, 'message')) as [Started];
  if ('error' in started) {
    await exited;
    throw new EmulatorError(started.error.code, started.error.message);
  }
  let stopping: Promise<unknown> | undefined;
  return {
    uri: started.uri,
    async stop() {
      if (!stopping) {
        worker.postMessage('stop');
        stopping = exited;
      }
      await stopping;
    },
  };
}
