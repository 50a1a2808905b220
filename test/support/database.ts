import { randomBytes } from 'node:crypto';
import { startMongoEmulator } from '@frontdesk/mongo-emulator';
import mongoose, { type Connection, type ConnectOptions } from 'mongoose';
import { createIndexes } from '../../src/config/database.ts';

export interface TestDatabase {
  uri: string;
  connection: Connection;
  /**
   * Another connection to the same database: another process, as far as MongoDB can tell. Its commands can be watched,
   * come one after the other, and none is repeated by the driver, as on a standalone MongoDB.
   *
   * @param address where to connect instead, such as a proxy
   */
  connect(address?: string): Promise<Connection>;
  stop(): Promise<void>;
}

const WATCHED: ConnectOptions = {
  directConnection: true,
  monitorCommands: true,
  maxPoolSize: 1,
  retryWrites: false,
  retryReads: false,
};

/**
 * An empty database with the indexes of the models that `declare` makes. It is the emulator's, or that of the MongoDB
 * that `MONGODB_TEST_URI` names.
 */
export async function startDatabase(declare: (connection: Connection) => void): Promise<TestDatabase> {
  const given = process.env.MONGODB_TEST_URI;
  const server = given === undefined ? await startMongoEmulator({ port: 0 }) : undefined;
  const uri = given ?? server!.uri;
  const dbName = `test_${randomBytes(6).toString('hex')}`;
  const opened: Connection[] = [];
  const open = (address: string, options: ConnectOptions) => {
    const connection = mongoose.createConnection(address, {
      dbName,
      autoIndex: false,
      autoCreate: false,
      ...options,
    });
    opened.push(connection);
    return connection.asPromise();
  };
  const connection = await open(uri, {});
  declare(connection);
  await createIndexes(connection);
  return {
    uri,
    connection,
    connect: (address = uri) => open(address, WATCHED),
    async stop() {
      if (!server) await connection.dropDatabase();
      await Promise.all(opened.map((one) => one.close(true)));
      await server?.stop();
    },
  };
}
