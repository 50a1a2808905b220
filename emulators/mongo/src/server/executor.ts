import { Long } from 'bson';
import { type Document, isDocument } from '../bson/document.ts';
import { isNumeric, toNumber } from '../bson/numbers.ts';
import { checkFields } from '../commands/command.ts';
import { COMMANDS } from '../commands/index.ts';
import { CommandError, notSupported } from '../errors.ts';
import { Blocked } from '../store/holds.ts';
import type { Store } from '../store/store.ts';
import type { UnitOfWork } from '../store/unit-of-work.ts';
import { Cursors } from './cursors.ts';
import type { ServerFacts } from './facts.ts';
import { FailPoints } from './fail-points.ts';
import { type Session, Sessions } from './sessions.ts';
import { Snapshots } from './snapshots.ts';

const REFUSED = new Set([
  'saslStart',
  'saslContinue',
  'authenticate',
  'getnonce',
  'createUser',
  'mapReduce',
  'mapreduce',
  'group',
  'eval',
  'replSetGetStatus',
  'currentOp',
  'killOp',
  'validate',
  'compact',
  'reIndex',
  'profile',
  'top',
  'fsync',
  'shutdown',
]);

const LEVELS: ReadonlySet<unknown> = new Set(['local', 'majority', 'available', 'snapshot', 'linearizable']);

/** The commands that can read the data of one moment outside transactions. */
const SNAPSHOT_READS: ReadonlySet<string> = new Set(['find', 'aggregate', 'distinct']);

/** Runs commands: in their session and transaction, one after the other. */
export class Executor {
  readonly cursors = new Cursors();
  readonly failPoints = new FailPoints();
  readonly sessions: Sessions;
  readonly snapshots: Snapshots;
  private readonly store: Store;
  /** Called with the seconds that `setParameter` gives the TTL monitor. */
  private readonly setTtlSeconds: (seconds: number) => void;

  constructor(store: Store, setTtlSeconds: (seconds: number) => void) {
    this.store = store;
    this.sessions = new Sessions(store);
    this.snapshots = new Snapshots(store);
    this.setTtlSeconds = setTtlSeconds;
  }

  /** @throws CommandError, or HangUp where a fail point says so */
  async run(name: string, command: Document, facts: ServerFacts): Promise<Document> {
    const session = this.sessions.of(command);
    const own = this.runOwn(name, command, session);
    if (own) return own;
    const definition = COMMANDS.get(name);
    if (!definition)
      throw REFUSED.has(name)
        ? notSupported(`the command '${name}'`)
        : new CommandError('CommandNotFound', `no such command: '${name}'`);
    checkFields(name, definition, command);
    checkReadConcern(name, command);
    const database = typeof command['$db'] === 'string' ? command['$db'] : 'test';
    const number = transactionNumber(command);
    const context = {
      session: session?.id,
      database,
      cursors: this.cursors,
      facts,
      now: new Date(),
    };
    const perform = (work: UnitOfWork, inTransaction: boolean) =>
      definition.run(command, { ...context, work, inTransaction });
    if (command['autocommit'] === false) {
      if (!definition.transactional) {
        throw new CommandError(
          'OperationNotSupportedInTransaction',
          `Cannot run '${name}' in a multi-document transaction.`,
        );
      }
      return this.runInTransaction(needSession(session), number ?? 0n, command, (work) =>
        perform(work, true),
      );
    }
    if (readLevel(command) === 'snapshot')
      return this.snapshots.read(command, (work) => perform(work, false));
    if (number === undefined || !session) return this.runAlone(command, (work) => perform(work, false));
    const before = this.sessions.retried(session, number);
    if (before) return before;
    const fault = this.failPoints.takeWrite();
    if (fault?.when === 'before') throw fault.error;
    const reply = await this.runAlone(command, (work) => perform(work, false));
    session.answer = { number, reply };
    if (fault) throw fault.error;
    return reply;
  }

  /** Outside transactions. Where an open transaction has written the same, the command is taken back and waits for it. */
  private async runAlone(command: Document, perform: (work: UnitOfWork) => Document): Promise<Document> {
    const deadline =
      isNumeric(command['maxTimeMS']) && toNumber(command['maxTimeMS']) > 0
        ? Date.now() + toNumber(command['maxTimeMS'])
        : undefined;
    for (;;) {
      const work = this.store.begin();
      try {
        const reply = perform(work);
        this.store.keep(work);
        return reply;
      } catch (error) {
        if (!(error instanceof Blocked)) {
          this.store.keep(work);
          throw error;
        }
        work.undo();
        await waitFor(error.by.over, deadline);
      }
    }
  }

  private runInTransaction(
    session: Session,
    number: bigint,
    command: Document,
    perform: (work: UnitOfWork) => Document,
  ): Document {
    const starting = command['startTransaction'] === true;
    if (command['writeConcern'] !== undefined)
      throw new CommandError(
        'InvalidOptions',
        'writeConcern is not allowed within a multi-statement transaction',
      );
    if (!starting && command['readConcern'] !== undefined) {
      throw new CommandError(
        'InvalidOptions',
        'Only the first command in a transaction may specify a readConcern',
      );
    }
    const transaction = this.sessions.enter(session, number, starting);
    try {
      const reply = perform(transaction.work);
      if (reply['writeErrors'] !== undefined) this.sessions.abort(session);
      return reply;
    } catch (error) {
      this.sessions.abort(session);
      throw error;
    }
  }

  /** The commands about sessions and transactions, and about the server itself. */
  private runOwn(name: string, command: Document, session: Session | undefined): Document | undefined {
    switch (name) {
      case 'commitTransaction':
      case 'abortTransaction': {
        const number = transactionNumber(command);
        if (!session || number === undefined)
          throw new CommandError('InvalidOptions', `${name} needs a session and a transaction number`);
        if (name === 'commitTransaction') this.sessions.commit(session, number);
        else this.sessions.abortNumbered(session, number);
        return {};
      }
      case 'endSessions':
      case 'killSessions':
        for (const id of this.sessions.end(command[name])) this.cursors.closeOfSession(id);
        return {};
      case 'killAllSessions':
      case 'killAllSessionsByPattern':
        this.sessions.endAll();
        return {};
      case 'startSession':
        throw notSupported("the command 'startSession'");
      case 'refreshSessions':
        for (const lsid of Array.isArray(command[name]) ? command[name] : []) this.sessions.of({ lsid });
        return {};
      case 'setParameter':
        return this.setParameter(command);
      case 'configureFailPoint':
        return this.failPoints.configure(command);
      default:
        return undefined;
    }
  }

  private setParameter(command: Document): Document {
    const { ttlMonitorSleepSecs: seconds } = command;
    if (!isNumeric(seconds) || toNumber(seconds) <= 0)
      throw notSupported("a 'setParameter' other than ttlMonitorSleepSecs");
    this.setTtlSeconds(toNumber(seconds));
    return { was: 60 };
  }
}

function needSession(session: Session | undefined): Session {
  if (session) return session;
  throw new CommandError('InvalidOptions', 'a transaction needs a session');
}

function transactionNumber({ txnNumber }: Document): bigint | undefined {
  if (txnNumber === undefined) return undefined;
  if (txnNumber instanceof Long) return txnNumber.toBigInt();
  throw new CommandError('TypeMismatch', "BSON field 'txnNumber' must be a long");
}

const readLevel = ({ readConcern }: Document) => (isDocument(readConcern) ? readConcern['level'] : undefined);

/** Whatever the level, but for a snapshot, a read sees what is kept: there is one member. */
function checkReadConcern(name: string, command: Document): void {
  const level = readLevel(command);
  if (level === undefined) return;
  if (!LEVELS.has(level)) {
    const message = `Enumeration value '${String(level)}' for field 'readConcern.level' is not a valid value.`;
    throw new CommandError('BadValue', message);
  }
  if (level === 'snapshot' && command['autocommit'] !== false && !SNAPSHOT_READS.has(name)) {
    const message = `read concern level snapshot is not supported for '${name}' outside transactions`;
    throw new CommandError('InvalidOptions', message);
  }
  const last = Array.isArray(command['pipeline']) ? command['pipeline'].at(-1) : undefined;
  if (level === 'linearizable' && isDocument(last) && Object.hasOwn(last, '$out')) {
    throw new CommandError('InvalidOptions', "$out cannot be used with a 'linearizable' read concern level");
  }
}

async function waitFor(over: Promise<void>, deadline: number | undefined): Promise<void> {
  if (deadline === undefined) return over;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((_, reject) => {
    const error = new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
    timer = setTimeout(() => reject(error), Math.max(0, deadline - Date.now()));
  });
  try {
    await Promise.race([over, late]);
  } finally {
    clearTimeout(timer);
  }
}
