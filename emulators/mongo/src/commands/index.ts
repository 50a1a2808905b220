import { aggregate } from './aggregate.ts';
import { bulkWrite } from './bulk-write.ts';
import { collMod, create, drop, dropDatabase, listCollections, renameCollection } from './collections.ts';
import type { Command } from './command.ts';
import { count, distinct } from './count-distinct.ts';
import {
  buildInfo,
  collStats,
  connectionStatus,
  dbStats,
  getParameter,
  hello,
  listDatabases,
  ping,
  serverStatus,
  whatsmyuri,
} from './diagnostics.ts';
import { explain } from './explain.ts';
import { find, getMore, killCursors } from './find.ts';
import { findAndModify } from './find-and-modify.ts';
import { createIndexes, dropIndexes, listIndexes } from './indexes.ts';
import { insert } from './insert.ts';
import { deleteCommand, update } from './update.ts';

/** The commands, but for those about sessions, transactions and faults, which `server/executor.ts` answers. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    aggregate,
    buildInfo,
    buildinfo: buildInfo,
    bulkWrite,
    collMod,
    collStats,
    collstats: collStats,
    connectionStatus,
    count,
    create,
    createIndexes,
    dbStats,
    dbstats: dbStats,
    delete: deleteCommand,
    distinct,
    drop,
    dropDatabase,
    dropIndexes,
    deleteIndexes: dropIndexes,
    explain,
    find,
    findAndModify,
    findandmodify: findAndModify,
    getMore,
    getParameter,
    hello,
    insert,
    isMaster: hello,
    ismaster: hello,
    killCursors,
    listCollections,
    listDatabases,
    listIndexes,
    ping,
    renameCollection,
    serverStatus,
    update,
    whatsmyuri,
  }),
);
