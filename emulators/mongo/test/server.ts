import { MongoClient, type MongoClientOptions } from 'mongodb';
import { type MongoServerOptions, startMongoEmulator } from '../src/index.ts';

/** The server that tests talk to: the one that MONGODB_TEST_URI names, or else an emulator of their own. */
export async function startTestServer(
  options: MongoServerOptions = {},
): Promise<{ uri: string; real: boolean; stop(): Promise<void> }> {
  const given = process.env['MONGODB_TEST_URI'];
  if (given) return { uri: given, real: true, stop: async () => {} };
  return { ...(await startMongoEmulator(options)), real: false };
}

/** A connected client; a server that does not answer fails the test soon. */
export function connect(uri: string, options: MongoClientOptions = {}): Promise<MongoClient> {
  return new MongoClient(uri, { serverSelectionTimeoutMS: 5000, ...options }).connect();
}
