import { Long } from 'bson';
import type { Document } from '../bson/document.ts';
import { compileFilter } from '../query/filter.ts';
import { BUILD, LIMITS, VERSION } from '../server/facts.ts';
import type { Collection } from '../store/collection.ts';
import { type Command, namespaceOf, objectField } from './command.ts';

const answer = (fields: readonly string[] | undefined, run: Command['run']): Command => ({ fields, run });

/** https://www.mongodb.com/docs/manual/reference/command/hello/ */
export const hello = answer(
  undefined, // drivers of any age say what they can do
  (_command, { facts }) => ({
    helloOk: true,
    ismaster: true,
    isWritablePrimary: true,
    secondary: false,
    setName: facts.setName,
    setVersion: 1,
    hosts: [facts.address],
    primary: facts.address,
    me: facts.address,
    ...LIMITS,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: facts.connection,
    minWireVersion: 0,
    maxWireVersion: BUILD.maxWireVersion,
    readOnly: false,
  }),
);

export const ping = answer([], () => ({}));

export const buildInfo = answer([], () => ({
  version: VERSION,
  versionArray: [...VERSION.split('.').map(Number), 0],
  gitVersion: 'emulator',
  modules: ['emulator'],
  bits: 64,
  debug: false,
  maxBsonObjectSize: LIMITS.maxBsonObjectSize,
}));

/** https://www.mongodb.com/docs/manual/reference/command/serverStatus/ */
export const serverStatus: Command = {
  fields: [
    'repl',
    'metrics',
    'locks',
    'recordStats',
    'mirroredReads',
    'latchAnalysis',
    'opcounters',
    'connections',
    'network',
    'tcmalloc',
    'wiredTiger',
  ],
  run(_command, { facts }) {
    const { rss } = process.memoryUsage();
    return {
      host: facts.address,
      version: VERSION,
      process: 'mongod',
      pid: Long.fromNumber(process.pid),
      uptime: Math.floor(process.uptime()),
      uptimeMillis: Long.fromNumber(Math.floor(process.uptime() * 1000)),
      localTime: new Date(),
      connections: { current: facts.connections(), available: 1_000_000, totalCreated: facts.connection },
      mem: { bits: 64, resident: Math.round(rss / 2 ** 20), supported: true },
      repl: {
        setName: facts.setName,
        isWritablePrimary: true,
        secondary: false,
        hosts: [facts.address],
        me: facts.address,
      },
      storageEngine: { name: 'emulator', supportsCommittedReads: true, persistent: facts.persistent },
      opcounters: facts.counters(),
    };
  },
};

export const listDatabases: Command = {
  fields: ['filter', 'nameOnly', 'authorizedDatabases'],
  run(command, { work }) {
    const { matches } = compileFilter(objectField('listDatabases.filter', command['filter']));
    const databases = work.catalog
      .databases()
      .map((name): Document => ({ name, sizeOnDisk: sizeOf(work.catalog.ofDatabase(name)), empty: false }))
      .filter(matches);
    if (command['nameOnly'] === true) return { databases: databases.map(({ name }) => ({ name })) };
    const totalSize = databases.reduce((sum, { sizeOnDisk }) => sum + Number(sizeOnDisk), 0);
    return { databases, totalSize: Long.fromNumber(totalSize), totalSizeMb: Math.round(totalSize / 2 ** 20) };
  },
};

function bytesOf(collection: Collection): number {
  let size = 0;
  for (const { bytes } of collection.all()) size += bytes.length;
  return size;
}
const sizeOf = (collections: Collection[]) =>
  Long.fromNumber(collections.reduce((sum, collection) => sum + bytesOf(collection), 0));

export const collStats: Command = {
  fields: ['scale'],
  run(command, context) {
    const namespace = namespaceOf(context, command['collStats']);
    const collection = context.work.read(namespace);
    const size = collection ? bytesOf(collection) : 0;
    const count = collection?.size ?? 0;
    return {
      ns: namespace,
      count,
      size,
      storageSize: size,
      ...(count > 0 ? { avgObjSize: Math.round(size / count) } : {}),
      nindexes: collection?.specs.length ?? 0,
      indexSizes: Object.fromEntries((collection?.specs ?? []).map(({ name }) => [name, 0])),
      totalIndexSize: 0,
      capped: false,
    };
  },
};

export const dbStats: Command = {
  fields: ['scale', 'freeStorage'],
  run(_command, { work, database }) {
    const collections = work.catalog.ofDatabase(database);
    const dataSize = collections.reduce((sum, collection) => sum + bytesOf(collection), 0);
    return {
      db: database,
      collections: collections.length,
      views: 0,
      objects: collections.reduce((sum, { size }) => sum + size, 0),
      dataSize,
      storageSize: dataSize,
      indexes: collections.reduce((sum, { specs }) => sum + specs.length, 0),
    };
  },
};

export const connectionStatus = answer(['showPrivileges'], () => ({
  authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] },
}));
export const whatsmyuri = answer([], ({ $db: _ }, { facts }) => ({ you: facts.address }));
export const getParameter: Command = {
  fields: ['featureCompatibilityVersion', 'ttlMonitorSleepSecs'],
  run: (_command, { facts }) => ({
    featureCompatibilityVersion: { version: VERSION.slice(0, 3) },
    ttlMonitorSleepSecs: facts.ttlSeconds(),
  }),
};
