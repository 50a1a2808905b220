import { Binary } from 'bson';
import { type Document, isDocument } from '../bson/document.ts';
import { CommandError, TRANSIENT } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { Transaction } from '../store/transaction.ts';

/** What a client's session has under way. */
export interface Session {
  /** In hexadecimal. */
  id: string;
  /** When it was last used, in milliseconds since the epoch. */
  used: number;
  /** The number of the latest transaction or retryable write. */
  number: bigint;
  state: 'none' | 'inProgress' | 'committed' | 'aborted';
  transaction?: Transaction | undefined;
  /** The answer to the latest retryable write, for who asks again. */
  answer?: { number: bigint; reply: Document } | undefined;
}

/** How long a session that is not used is kept: `logicalSessionTimeoutMinutes` of `hello`. */
const SESSION_MS = 30 * 60_000;
/** How long a transaction may last, in milliseconds: MongoDB's `transactionLifetimeLimitSeconds`. */
const TRANSACTION_MS = 60_000;

export class Sessions {
  private readonly sessions = new Map<string, Session>();
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  /** The session of a command; undefined where it has none. */
  of({ lsid }: Document): Session | undefined {
    if (lsid === undefined) return undefined;
    const id = idOf(lsid);
    let session = this.sessions.get(id);
    if (!session) {
      session = { id, used: 0, number: -1n, state: 'none' };
      this.sessions.set(id, session);
    }
    session.used = Date.now();
    return session;
  }

  /**
   * The transaction that a command belongs to.
   *
   * @throws CommandError where it belongs to none that is under way
   */
  enter(session: Session, number: bigint, starting: boolean): Transaction {
    if (number < session.number) throw tooOld(session, number);
    if (starting) {
      if (number === session.number && session.state !== 'none') {
        throw new CommandError(
          'ConflictingOperationInProgress',
          `Only servers in a sharded cluster can start a new transaction at the active transaction number`,
        );
      }
      this.abort(session);
      const transaction = this.store.beginTransaction();
      Object.assign(session, { number, state: 'inProgress', transaction });
      return transaction;
    }
    if (number === session.number && session.state === 'committed') throw committed(number);
    if (number !== session.number || !session.transaction) throw noSuch(session, number);
    return session.transaction;
  }

  /** Begins a retryable write; answers what was answered to it before, if it was. */
  retried(session: Session, number: bigint): Document | undefined {
    if (number < session.number) throw tooOld(session, number);
    if (number === session.number)
      return session.answer?.number === number ? session.answer.reply : undefined;
    this.abort(session);
    Object.assign(session, { number, state: 'none' });
    return undefined;
  }

  commit(session: Session, number: bigint): void {
    if (number < session.number) throw tooOld(session, number);
    if (number === session.number && session.state === 'committed') return;
    if (number !== session.number || !session.transaction) throw noSuch(session, number);
    const { transaction } = session;
    session.transaction = undefined;
    session.state = 'aborted';
    transaction.commit();
    session.state = 'committed';
  }

  abortNumbered(session: Session, number: bigint): void {
    if (number === session.number && session.state === 'committed') throw committed(number);
    if (number !== session.number || !session.transaction) throw noSuch(session, number);
    this.abort(session);
  }

  abort(session: Session): void {
    if (!session.transaction) return;
    session.transaction.abort();
    session.transaction = undefined;
    session.state = 'aborted';
  }

  /** Ends sessions; answers their ids. */
  end(lsids: unknown): string[] {
    const ids = Array.isArray(lsids) ? lsids.map(idOf) : [];
    for (const id of ids) this.forget(id);
    return ids;
  }

  endAll(): void {
    for (const id of [...this.sessions.keys()]) this.forget(id);
  }

  /** Gives up transactions and sessions whose client is gone. */
  expire(now = Date.now()): void {
    for (const session of this.sessions.values()) {
      if (session.transaction && now - session.transaction.since > TRANSACTION_MS) this.abort(session);
      if (now - session.used > SESSION_MS) this.forget(session.id);
    }
  }

  private forget(id: string): void {
    const session = this.sessions.get(id);
    if (session) this.abort(session);
    this.sessions.delete(id);
  }
}

function idOf(lsid: unknown): string {
  const id = isDocument(lsid) ? lsid['id'] : undefined;
  if (id instanceof Binary && id.position === 16) return id.toString('hex');
  throw new CommandError('TypeMismatch', "BSON field 'lsid.id' must be a UUID");
}

const noSuch = (session: Session, number: bigint) =>
  new CommandError(
    'NoSuchTransaction',
    number === session.number && session.state === 'aborted'
      ? `Transaction with { txnNumber: ${number} } has been aborted.`
      : `Given transaction number ${number} does not match any in-progress transactions. The active transaction number is ${session.number}`,
    { errorLabels: [TRANSIENT] },
  );
const committed = (number: bigint) =>
  new CommandError('TransactionCommitted', `Transaction with { txnNumber: ${number} } has been committed.`);
const tooOld = (session: Session, number: bigint) =>
  new CommandError(
    'TransactionTooOld',
    `Cannot start transaction ${number} on session ${session.id} because a newer transaction ${session.number} has already started.`,
  );
