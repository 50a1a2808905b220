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

const DATA = new Set([
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
]);

/** Errors after which a client may write again. */
const RETRYABLE = new Set([11600, 11602, 10107, 13435, 13436, 189, 91, 7, 6, 89, 9001, 262]);
/** Errors after which it may run its transaction again. */
const TRANSIENT_CODES = new Set([24, 112, 246, 251, 267]);

/**
 * The fail point `failCommand`, by which a client asks for faults
 * (https://github.com/mongodb/mongo/wiki/The-%22failCommand%22-fail-point).
 */
export class FailPoint {
  private data: Document | undefined;
  private left = 0;
  private skip = 0;
  private chance = 1;

  configure(command: Document): Document {
    const { configureFailPoint: name, mode, data } = command;
    if (name !== 'failCommand') throw notSupported(`the fail point '${String(name)}'`);
    if (mode === 'off') {
      this.data = undefined;
      return { count: 0 };
    }
    const terms = isDocument(data) ? data : {};
    for (const field of Object.keys(terms))
      if (!DATA.has(field)) throw notSupported(`'${field}' of the fail point failCommand`);
    this.setMode(mode);
    this.data = terms;
    return { count: 0 };
  }

  private setMode(mode: unknown): void {
    [this.left, this.skip, this.chance] = [Number.POSITIVE_INFINITY, 0, 1];
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

  /** The fault that awaits a command, if any. */
  take(name: string, command: Document, appName: string | undefined): Fault | undefined {
    const data = this.data;
    if (!data || !Array.isArray(data['failCommands']) || !data['failCommands'].includes(name))
      return undefined;
    if (data['appName'] !== undefined && data['appName'] !== appName) return undefined;
    if (this.skip > 0) {
      this.skip--;
      return undefined;
    }
    if (this.left <= 0 || Math.random() >= this.chance) return undefined;
    this.left--;
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
