import mongoose, { type Connection, type ConnectOptions } from 'mongoose';
import { createIndexes } from '../../src/config/database.ts';
import { startMongo } from './mongo.ts';

export interface TestDatabase {
  uri: string;
  connection: Connection;
  /**
   * Another connection to the same database: another process, as far as MongoDB can tell. Its commands can be watched,
   * come one after the other, and none is repeated by the driver, as on a standalone MongoDB.
   *
   * @param host where to connect instead, such as a proxy
   */
  connect(host?: string): Promise<Connection>;
  stop(): Promise<void>;
}

const WATCHED: ConnectOptions = {
  directConnection: true,
  monitorCommands: true,
  maxPoolSize: 1,
  retryWrites: false,
  retryReads: false,
};

/** An empty database with the indexes of the models that `declare` makes. */
export async function startDatabase(declare: (connection: Connection) => void): Promise<TestDatabase> {
  const mongo = await startMongo();
  const opened: Connection[] = [];
  const open = (uri: string, options: ConnectOptions = {}) => {
    const connection = mongoose.createConnection(uri, { autoIndex: false, autoCreate: false, ...options });
    opened.push(connection);
    return connection.asPromise();
  };
  const connection = await open(mongo.uri);
  declare(connection);
  await createIndexes(connection);
  return {
    uri: mongo.uri,
    connection,
    connect: (host) => open(host === undefined ? mongo.uri : at(host, mongo.uri), WATCHED),
    async stop() {
      await Promise.all(opened.map((one) => one.close(true)));
      await mongo.stop();
    },
  };
}

function at(host: string, uri: string): string {
  const url = new URL(uri);
  url.host = host;
  return url.href;
}
