import type { Operation } from '../protocol/opcode.ts';
import { serverError } from '../protocol/run-error.ts';
import type { Run } from '../store/runs.ts';
import { DAY, parseMoment } from '../time/duration.ts';
import type { Core } from './core.ts';
import { failRun } from './end-run.ts';
import { invoke } from './invoke.ts';
import { pauseUntilEvent } from './pauses.ts';
import { queueCall } from './start-run.ts';

/** The longest sleep or wait (inngest: pkg/consts/consts.go), in ms. */
const MAX_WAIT = 366 * DAY;

/** Queues what will settle a step later. */
type Plan = (core: Core, run: Run, operation: Operation) => void;

const PLANS: Record<string, Plan> = {
  StepPlanned: (core, run, { id }) => queueCall(core, run, { stepId: id }),
  Sleep: planSleep,
  WaitForEvent: planWait,
  InvokeFunction: planInvocation,
};

/** Whether an operation announces a step that settles later. */
export function isPlan({ op }: Operation): boolean {
  return Object.hasOwn(PLANS, op);
}

/** Queues what will settle the step: its own call, the end of a sleep, an event or its timeout, another run. */
export function planStep(core: Core, run: Run, operation: Operation): void {
  try {
    PLANS[operation.op]!(core, run, operation);
  } catch (error) {
    if (!(error instanceof InvalidStep)) throw error;
    failRun(core, run, serverError(error.name, error.message, error.detail));
  }
}

/** A step asks for something that cannot be: its run fails at once. */
class InvalidStep extends Error {
  readonly detail: string | undefined;
  constructor(message: string, { name = 'Error', detail }: { name?: string; detail?: string } = {}) {
    super(message);
    this.name = name;
    this.detail = detail;
  }
}

function planSleep(core: Core, run: Run, { id, opts, argument }: Operation): void {
  // The Go SDK puts the step's name where the TypeScript one puts the time: `duration` goes first.
  const until = textOf(opts.duration) ?? argument;
  queueTimer(core, run, 'sleep', id, until === '' ? core.clock.now() : moment(core, until));
}

function planWait(core: Core, run: Run, { id, opts, argument }: Operation): void {
  const trigger = core.store.events.get(run.eventIds[0]!)!.event;
  const expression = textOf(opts.if) ?? null;
  const timeout = textOf(opts.timeout);
  const at = timeout === undefined ? core.clock.now() : moment(core, timeout);
  if (expression !== null) {
    try {
      core.expressions.check(expression);
    } catch (error) {
      const name = 'InvalidExpression';
      throw new InvalidStep('Wait for event If expression failed to compile', {
        name,
        detail: (error as Error).message,
      });
    }
  }
  const event = textOf(opts.event) ?? argument;
  pauseUntilEvent(core, trigger, {
    kind: 'wait',
    event,
    runId: run.id,
    stepId: id,
    expression,
    expiresAt: at,
  });
  queueTimer(core, run, 'wait-timeout', id, at);
}

function planInvocation(core: Core, run: Run, { id, opts }: Operation): void {
  const timeout = textOf(opts.timeout);
  const at = timeout === undefined ? core.clock.now() + MAX_WAIT : moment(core, timeout);
  queueTimer(core, run, 'invoke-timeout', id, at);
  invoke(core, run, id, opts);
}

function queueTimer(
  core: Core,
  run: Run,
  kind: 'sleep' | 'wait-timeout' | 'invoke-timeout',
  stepId: string,
  at: number,
): void {
  core.queue.add({ kind, runId: run.id, functionId: run.functionId, stepId, at });
}

function moment(core: Core, text: string): number {
  const now = core.clock.now();
  const at = parseMoment(text, now);
  if (at === undefined) throw new InvalidStep(`"${text}" is neither a duration nor a date`);
  if (at - now > MAX_WAIT) throw new InvalidStep(`"${text}" ends more than one year in the future`);
  return at;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
