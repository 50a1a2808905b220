import { type Document, isDocument } from '../bson/document.ts';
import { isNumeric, toNumber } from '../bson/numbers.ts';
import { CommandError, notSupported, TRANSIENT } from '../errors.ts';

/** What is to happen to a command. */
export interface Fault {
  closeConnection: boolean;
  /** Milliseconds to wait first. */
  blockMs: number;
  error: CommandError | undefined;
  writeConcernError: Document | undefined;
}

/** The fail points, and the terms that each takes. */
const TERMS: ReadonlyMap<unknown, ReadonlySet<string>> = new Map([
  [
    'failCommand',
    new Set([
      'failCommands',
      'errorCode',
      'closeConnection',
      'blockConnection',
      'blockTimeMS',
      'writeConcernError',
      'errorLabels',
      'appName',
      'failInternalCommands',
      'errorExtraInfo',
    ]),
  ],
  ['onPrimaryTransactionalWrite', new Set(['failBeforeCommitExceptionCode', 'closeConnection'])],
]);

/** Errors after which a client may write again. */
const RETRYABLE = new Set([11600, 11602, 10107, 13435, 13436, 189, 91, 7, 6, 89, 9001, 262]);
/** Errors after which it may run its transaction again. */
const TRANSIENT_CODES = new Set([24, 112, 246, 251, 267]);

/** Thrown to close the connection in place of an answer. */
export class HangUp extends Error {}

/** A fail point that is on: how often it strikes, and with what. */
class Armed {
  readonly data: Document;
  private left = Number.POSITIVE_INFINITY;
  private skip = 0;
  private chance = 1;

  constructor(mode: unknown, data: Document) {
    this.data = data;
    if (mode === 'alwaysOn') return;
    const terms = isDocument(mode) ? mode : {};
    const number = (name: string) => (isNumeric(terms[name]) ? toNumber(terms[name]) : undefined);
    const [times, skip, chance] = [number('times'), number('skip'), number('activationProbability')];
    if (times !== undefined) this.left = times;
    else if (skip !== undefined) this.skip = skip;
    else if (chance !== undefined) this.chance = chance;
    else
      throw new CommandError(
        'BadValue',
        'a fail point needs a mode: off, alwaysOn, { times }, { skip } or { activationProbability }',
      );
  }

  /** Whether it strikes this time. */
  strikes(): boolean {
    if (this.skip > 0) {
      this.skip--;
      return false;
    }
    if (this.left <= 0 || Math.random() >= this.chance) return false;
    this.left--;
    return true;
  }
}

/**
 * The fail points by which a client asks for faults: `failCommand`
 * (https://github.com/mongodb/mongo/wiki/The-%22failCommand%22-fail-point), and `onPrimaryTransactionalWrite`, which
 * strikes retryable writes (https://github.com/mongodb/specifications/blob/master/source/retryable-writes/tests/README.md).
 */
export class FailPoints {
  private readonly armed = new Map<string, Armed>();

  configure({ configureFailPoint: name, mode, data }: Document): Document {
    const known = TERMS.get(name);
    if (typeof name !== 'string' || !known) throw notSupported(`the fail point '${String(name)}'`);
    if (mode === 'off') {
      this.armed.delete(name);
      return { count: 0 };
    }
    const terms = isDocument(data) ? data : {};
    for (const field of Object.keys(terms))
      if (!known.has(field)) throw notSupported(`'${field}' of the fail point ${name}`);
    this.armed.set(name, new Armed(mode, terms));
    return { count: 0 };
  }

  /** The fault that awaits a command, if any. */
  take(name: string, command: Document, appName: string | undefined): Fault | undefined {
    const armed = this.armed.get('failCommand');
    if (!armed) return undefined;
    const { data } = armed;
    if (!Array.isArray(data['failCommands']) || !data['failCommands'].includes(name)) return undefined;
    if (data['appName'] !== undefined && data['appName'] !== appName) return undefined;
    if (!armed.strikes()) return undefined;
    return {
      closeConnection: data['closeConnection'] === true,
      blockMs:
        data['blockConnection'] === true && isNumeric(data['blockTimeMS'])
          ? toNumber(data['blockTimeMS'])
          : 0,
      error: errorOf(name, command, data),
      writeConcernError: writeConcernErrorOf(name, command, data),
    };
  }

  /** The fault that awaits a retryable write: before it is carried out where a code is set, or else after that. */
  takeWrite(): { when: 'before' | 'after'; error: Error } | undefined {
    const armed = this.armed.get('onPrimaryTransactionalWrite');
    if (!armed?.strikes()) return undefined;
    const { failBeforeCommitExceptionCode: code, closeConnection } = armed.data;
    if (!isNumeric(code))
      return closeConnection === false ? undefined : { when: 'after', error: new HangUp() };
    return {
      when: 'before',
      error:
        closeConnection === false
          ? new CommandError(toNumber(code), "Failing command via 'onPrimaryTransactionalWrite' failpoint")
          : new HangUp(),
    };
  }
}

function errorOf(name: string, command: Document, data: Document): CommandError | undefined {
  const code = data['errorCode'];
  if (!isNumeric(code)) return undefined;
  const labels = Array.isArray(data['errorLabels'])
    ? data['errorLabels']
    : labelsOf(name, command, toNumber(code));
  return new CommandError(
    toNumber(code),
    "Failing command via 'failCommand' failpoint",
    labels.length > 0 ? { errorLabels: labels } : {},
  );
}

function writeConcernErrorOf(name: string, command: Document, data: Document): Document | undefined {
  const error = data['writeConcernError'];
  if (!isDocument(error)) return undefined;
  const { errorLabels, ...rest } = error;
  const labels = Array.isArray(errorLabels)
    ? errorLabels
    : Array.isArray(data['errorLabels'])
      ? data['errorLabels']
      : labelsOf(name, command, Number(error['code']), true);
  return { writeConcernError: rest, ...(labels.length > 0 ? { errorLabels: labels } : {}) };
}

/** The labels that a replica set puts on an error. */
function labelsOf(name: string, command: Document, code: number, ofWriteConcern = false): string[] {
  const ending = name === 'commitTransaction' || name === 'abortTransaction';
  const inside = command['autocommit'] === false;
  if (inside && !ending && ofWriteConcern) return [];
  if (inside && TRANSIENT_CODES.has(code)) return [TRANSIENT];
  if (inside && !ending && RETRYABLE.has(code)) return [TRANSIENT];
  return RETRYABLE.has(code) && (ending || command['txnNumber'] !== undefined) ? ['RetryableWriteError'] : [];
}
