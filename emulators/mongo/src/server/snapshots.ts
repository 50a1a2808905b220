import { Timestamp } from 'bson';
import { type Document, isDocument } from '../bson/document.ts';
import { CommandError } from '../errors.ts';
import type { Catalog } from '../store/catalog.ts';
import type { Store } from '../store/store.ts';
import { UnitOfWork } from '../store/unit-of-work.ts';

/** How long the data of a moment can be asked for, in milliseconds: MongoDB's `minSnapshotHistoryWindowInSeconds`. */
const WINDOW_MS = 300_000;

/** Reads outside transactions that see the data of one moment: what a snapshot session asks for. */
export class Snapshots {
  private readonly store: Store;
  private readonly kept = new Map<string, { catalog: Catalog; since: number }>();
  private last = new Timestamp({ t: 0, i: 0 });

  constructor(store: Store) {
    this.store = store;
  }

  /**
   * Runs a command on the data of the moment that its read concern names; of now where it names none. The answer says
   * which moment that was.
   *
   * @throws CommandError SnapshotTooOld for a moment that is not kept; InvalidOptions for a command that writes
   */
  read(command: Document, perform: (work: UnitOfWork) => Document): Document {
    const { readConcern } = command;
    const asked = isDocument(readConcern) ? readConcern['atClusterTime'] : undefined;
    const at = asked === undefined ? this.take() : asked;
    const snapshot = this.kept.get(String(at));
    if (!snapshot)
      throw new CommandError(
        'SnapshotTooOld',
        `Read timestamp ${String(at)} is older than the oldest available timestamp.`,
      );
    const work = new UnitOfWork(snapshot.catalog.fork(), this.store.numbers, refuseWrite);
    const reply = perform(work);
    if (work.changes.length > 0) refuseWrite();
    return isDocument(reply['cursor'])
      ? { ...reply, cursor: { ...reply['cursor'], atClusterTime: at } }
      : { ...reply, atClusterTime: at };
  }

  forgetOld(now = Date.now()): void {
    for (const [at, { since }] of this.kept) if (now - since > WINDOW_MS) this.kept.delete(at);
  }

  private take(): Timestamp {
    const now = new Timestamp({ t: Math.floor(Date.now() / 1000), i: 1 });
    this.last = now.greaterThan(this.last) ? now : new Timestamp({ t: this.last.t, i: this.last.i + 1 });
    this.kept.set(String(this.last), { catalog: this.store.catalog.fork(), since: Date.now() });
    return this.last;
  }
}

function refuseWrite(): never {
  throw new CommandError(
    'InvalidOptions',
    "a command that writes cannot have the read concern level 'snapshot'",
  );
}
