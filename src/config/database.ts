import mongoose, { type Connection } from 'mongoose';

/** How long a command waits for a MongoDB that does not answer, ms: well inside what a client waits for a response. */
const SELECTION_MS = 5000;

/**
 * Connects to MongoDB.
 *
 * @throws Error naming the hosts, where it does not answer
 */
export async function connectDatabase(uri: string): Promise<Connection> {
  const connection = mongoose.createConnection(uri, {
    serverSelectionTimeoutMS: SELECTION_MS,
    autoIndex: false,
    autoCreate: false,
  });
  try {
    return await connection.asPromise();
  } catch (cause) {
    await connection.close();
    const message = `MongoDB does not answer at ${hostsOf(uri)}: start it, or set MONGODB_URI to where it is.`;
    throw new Error(message, { cause });
  }
}

/** Makes the indexes that the models on a connection declare; those that are there stay. */
export async function createIndexes(connection: Connection): Promise<void> {
  for (const model of Object.values(connection.models)) await model.createIndexes();
}

/** Whether MongoDB answers now. */
export async function answers(connection: Connection): Promise<boolean> {
  try {
    await connection.db?.admin().ping();
    return connection.readyState === mongoose.ConnectionStates.connected;
  } catch {
    return false;
  }
}

/** Without user and password. */
function hostsOf(uri: string): string {
  return /^mongodb(?:\+srv)?:\/\/(?:[^@/]*@)?([^/?]+)/.exec(uri)?.[1] ?? 'the address of MONGODB_URI';
}
