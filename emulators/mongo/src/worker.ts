import { parentPort, workerData } from 'node:worker_threads';
import { EmulatorError } from '@frontdesk/emulator-kit';
import { type MongoServerOptions, startMongoServer } from './server/server.ts';

/** The server in a worker thread: tells its parent where it is, and stops when told to. */
const parent = parentPort;
if (parent) {
  try {
    const { uri, stop } = await startMongoServer(workerData as MongoServerOptions);
    parent.once('message', () => void stop().then(() => parent.close()));
    parent.postMessage({ uri });
  } catch (error) {
    if (!(error instanceof EmulatorError)) throw error;
    parent.postMessage({ error: { code: error.code, message: error.message } });
    parent.close();
  }
}
