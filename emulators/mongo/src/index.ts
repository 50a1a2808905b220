export { startMongoEmulator } from './emulator.ts';
export { type MongoServerOptions, type RunningMongo, startMongoServer } from './server/server.ts';
