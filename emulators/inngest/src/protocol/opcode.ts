import { isObject, type JsonObject } from './json.ts';

/** An operation that an SDK reports (SDK_SPEC 5.3). */
export interface Operation {
  id: string;
  op: string;
  /** The step's name as its author wrote it. */
  name: string;
  /** The field `name` itself: older SDKs put a sleep's length or an event's name there. */
  argument: string;
  opts: JsonObject;
  data: unknown;
  error: unknown;
  /** How long the step took, in ms; 0 where the SDK does not say. */
  duration: number;
}

/** Operations that only ask for something to be run, without one of them being a step of its own. */
const LAZY = new Set(['DeferAdd', 'DeferAbort']);

/** Reads the body of a 206 answer, or says what is wrong with it. */
export function readOperations(body: string): Operation[] | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return 'error reading generator opcode response: it is not JSON';
  }
  const operations = toOperations(Array.isArray(parsed) ? parsed : [parsed]);
  // Measured only where one of them can be too large at all.
  if (typeof operations === 'string' || body.length <= MAX_OUTPUT) return operations;
  const large = operations.find((operation) => isTooLarge(operation));
  if (!large) return operations;
  return `error validating generator opcode ${large.id}: step output size is greater than the limit (4 MiB)`;
}

/** The largest output of a step, in bytes of JSON (inngest: MaxStepOutputSize in pkg/consts/consts.go). */
const MAX_OUTPUT = 4 * 1024 * 1024;

/** Whether a step's output is larger than the server keeps. */
export function isTooLarge({ data }: Operation): boolean {
  return Buffer.byteLength(JSON.stringify(data)) > MAX_OUTPUT;
}

/** Checks the operations of an answer or of a checkpoint. */
export function toOperations(items: readonly unknown[]): Operation[] | string {
  const operations: Operation[] = [];
  for (const item of items) {
    if (!isObject(item) || typeof item.op !== 'string') {
      return 'error reading generator opcode response: each operation must be an object with an "op"';
    }
    const { id, op, displayName, name, opts, data, error, timing } = item;
    const argument = typeof name === 'string' ? name : '';
    operations.push({
      id: typeof id === 'string' ? id : '',
      op: op as string,
      name: typeof displayName === 'string' ? displayName : argument || String(id ?? ''),
      argument,
      opts: isObject(opts) ? opts : {},
      data: data ?? null,
      error,
      // An interval: when it began and how long it was, in ns.
      duration: isObject(timing) && typeof timing.b === 'number' ? timing.b / 1e6 : 0,
    });
  }
  return operations;
}

/** More than one operation that is not lazy means that the function runs steps in parallel. */
export function isParallel(operations: readonly Operation[]): boolean {
  return operations.filter(({ op }) => !LAZY.has(op)).length > 1;
}
