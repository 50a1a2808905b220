import { type Db, MongoClient, type MongoServerError, ReadPreference } from 'mongodb';
import { match } from './match.ts';
import { OPERATIONS } from './operations.ts';
import { expectError, shown } from './outcome.ts';
import { isJson, type Json, listOf, type Operation, Skip } from './report.ts';

/** What a test works with: clients, databases, collections, sessions and results by name. */
export class World {
  readonly uri: string;
  readonly entities = new Map<string, unknown>();
  readonly client: MongoClient;
  private readonly clients: MongoClient[];

  constructor(uri: string, client: MongoClient) {
    this.uri = uri;
    this.client = client;
    this.clients = [client];
  }

  static async start(uri: string, options: Json = {}): Promise<World> {
    const client = await new MongoClient(uri, { serverSelectionTimeoutMS: 5000, ...options }).connect();
    const world = new World(uri, client);
    await client.db('admin').command({ killAllSessions: [] });
    return world;
  }

  async create(list: unknown): Promise<void> {
    for (const entity of listOf<Json>(list)) {
      const [kind = ''] = Object.keys(entity);
      const terms = entity[kind] as Json;
      this.entities.set(String(terms['id']), await this.make(kind, terms));
    }
  }

  private async make(kind: string, terms: Json): Promise<unknown> {
    switch (kind) {
      case 'client': {
        const { retryReads, retryWrites } = isJson(terms['uriOptions']) ? terms['uriOptions'] : {};
        const options = {
          ...(retryReads === false ? { retryReads } : {}),
          ...(retryWrites === false ? { retryWrites } : {}),
        };
        const client = await new MongoClient(this.uri, options as object).connect();
        this.clients.push(client);
        return client;
      }
      case 'database':
        return (this.entities.get(String(terms['client'])) as MongoClient).db(String(terms['databaseName']));
      case 'collection':
        return (this.entities.get(String(terms['database'])) as Db).collection(
          String(terms['collectionName']),
          isJson(terms['collectionOptions']) ? terms['collectionOptions'] : {},
        );
      case 'session':
        return (this.entities.get(String(terms['client'])) as MongoClient).startSession(
          isJson(terms['sessionOptions']) ? terms['sessionOptions'] : {},
        );
      default:
        throw new Skip(`the entity ${kind}`);
    }
  }

  async end(): Promise<void> {
    for (const configureFailPoint of ['failCommand', 'onPrimaryTransactionalWrite'])
      await this.client
        .db('admin')
        .command({ configureFailPoint, mode: 'off' })
        .catch(() => {});
    for (const client of this.clients) await client.close().catch(() => {});
  }

  /** Runs an operation and judges how it ended. */
  async step(operation: Operation): Promise<void> {
    const outcome = await this.perform(operation).then(
      (value) => ({ value, error: undefined }),
      (error: unknown) => {
        if (error instanceof Skip) throw error;
        return { value: undefined, error: error as MongoServerError };
      },
    );
    if (operation.ignoreResultAndError) return;
    if (operation.expectError) return expectError(operation, outcome.error, outcome.value);
    if (outcome.error) throw outcome.error;
    if (operation.expectResult !== undefined)
      match(operation.expectResult, shown(outcome.value), this.entities);
    if (operation.saveResultAsEntity) this.entities.set(operation.saveResultAsEntity, outcome.value);
  }

  async perform({ name, object, arguments: given = {} }: Operation): Promise<unknown> {
    const target = this.entities.get(object);
    const args: Json = { ...given };
    if (typeof args['session'] === 'string') args['session'] = this.entities.get(args['session']);
    if (typeof args['returnDocument'] === 'string')
      args['returnDocument'] = args['returnDocument'].toLowerCase();
    if (isJson(args['readPreference'])) args['readPreference'] = preference(args['readPreference']);
    const run = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
    if (!run) throw new Skip(`the operation ${name}`);
    return run(target as never, args, this);
  }
}

/** Modes begin with a small letter; some of the older tests write them otherwise. */
export function preference({ mode }: Json): ReadPreference {
  const text = String(mode);
  return new ReadPreference((text[0]?.toLowerCase() + text.slice(1)) as 'primary');
}
