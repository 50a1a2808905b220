import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EmulatorError } from '@frontdesk/emulator-kit';
import type { MongoServerOptions, RunningMongo } from './server/server.ts';

export { type MongoServerOptions, type RunningMongo, startMongoServer } from './server/server.ts';

type Started = { uri: string } | { error: { code: string; message: string } };

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
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: options });
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
