import type { Clock } from '@frontdesk/emulator-kit';
import type { Expressions } from '../expressions/expression.ts';
import type { Transport } from '../protocol/exchange.ts';
import type { Queue } from '../queue/queue.ts';
import type { Registry } from '../registry/registry.ts';
import type { Database } from '../store/database.ts';
import type { Job } from '../store/jobs.ts';
import type { Pruner } from '../store/prune.ts';
import type { Store } from '../store/store.ts';
import type { Faults } from './faults.ts';

/** What the engine's functions work with. */
export interface Core {
  clock: Clock;
  db: Database;
  store: Store;
  registry: Registry;
  queue: Queue;
  expressions: Expressions;
  transport: Transport;
  /** Calls under way, by the id that the SDK is to name when it reports a step in between. */
  calls: Map<string, CallInProgress>;
  faults: Faults;
  pruner: Pruner;
  /** Calls that wait for their next attempt because their app was not reached: they go on when it answers again. */
  unreached: Map<number, Job>;
  /** To be told of the address of a function that gave no answer. */
  appIsSilent(url: string): void;
  /** A new ULID. */
  newId(): string;
  /** Between 0 and 1. */
  random(): number;
  signingKey: string | undefined;
  serverKind: 'dev' | 'cloud';
  log: (line: string) => void;
}

export interface CallInProgress {
  runId: string;
  /** Whether the SDK reported a finished step since: the next failure is then that of a first attempt. */
  progressed: boolean;
}
