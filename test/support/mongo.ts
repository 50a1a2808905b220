import { randomBytes } from 'node:crypto';
import { startMongoEmulator } from '@frontdesk/mongo-emulator';
import mongoose from 'mongoose';

export interface Mongo {
  /** With the name of a database that is empty. */
  uri: string;
  stop(): Promise<void>;
}

/** The MongoDB that tests run on: the emulator, or the one that `MONGODB_TEST_URI` names. */
export async function startMongo(): Promise<Mongo> {
  const given = process.env.MONGODB_TEST_URI;
  const database = `test_${randomBytes(6).toString('hex')}`;
  if (given === undefined) {
    const emulator = await startMongoEmulator({ port: 0 });
    return { uri: withDatabase(emulator.uri, database), stop: emulator.stop };
  }
  const uri = withDatabase(given, database);
  return {
    uri,
    async stop() {
      const connection = await mongoose.createConnection(uri).asPromise();
      await connection.dropDatabase();
      await connection.close();
    },
  };
}

function withDatabase(uri: string, name: string): string {
  const [, server = uri, , options = ''] =
    /^(mongodb(?:\+srv)?:\/\/[^/?]+)(\/[^?]*)?(\?.*)?$/.exec(uri) ?? [];
  return `${server}/${name}${options}`;
}
