import { uuidOf } from '../time/uuid.ts';
import { ConfigReader, defined, InvalidFunction } from './config-reader.ts';
import { isObject, type JsonObject } from './json.ts';

export interface EventTrigger {
  event: string;
  expression?: string;
}

export interface CronTrigger {
  cron: string;
  /** By how much a tick may be late, in ms. */
  jitter: number;
}

export interface Limit {
  limit: number;
  key?: string;
  scope: 'fn' | 'env' | 'account';
}

/** A function as an app registered it; all periods in ms. Field names are the protocol's (SDK_SPEC 4.3.2). */
export interface FunctionConfig {
  /** The composite id, `<app>-<function>`. */
  id: string;
  /** Always the same for the id. */
  uuid: string;
  name: string;
  url: string;
  eventTriggers: EventTrigger[];
  cronTriggers: CronTrigger[];
  maxAttempts: number;
  /** How many steps may run at once. */
  stepLimits: Limit[];
  /** How many runs may be under way at once. */
  runLimits: Limit[];
  cancel: { event: string; if?: string; timeout?: string }[];
  idempotency?: string;
  rateLimit?: { limit: number; period: number; key?: string };
  throttle?: { limit: number; period: number; burst: number; key?: string };
  debounce?: { period: number; timeout?: number; key?: string };
  batch?: { maxSize: number; timeout: number; key?: string; if?: string };
  singleton?: { mode: 'skip' | 'cancel'; key?: string };
  priority?: string;
  startTimeout?: number;
  finishTimeout?: number;
}

const DEFAULT_RETRIES = 4;
const MAX_RETRIES = 20;

/**
 * Reads what an app sent about one of its functions.
 *
 * @throws InvalidFunction
 */
export function readFunctionConfig(value: unknown): FunctionConfig {
  const raw = isObject(value) ? value : {};
  const id = typeof raw.id === 'string' ? raw.id : '';
  if (id === '') throw new InvalidFunction('?', 'it has no id');
  const read = new ConfigReader(id);

  const step = firstStep(raw.steps);
  const runtime = isObject(step?.runtime) ? step.runtime : {};
  if (runtime.type === 'ws') throw new InvalidFunction(id, 'Connect is not emulated: use serve()');
  const url = runtime.url;
  if (typeof url !== 'string' || !URL.canParse(url)) {
    throw new InvalidFunction(id, 'steps.step.runtime.url is not a URL');
  }
  const retries = read.optionalNumber(isObject(step?.retries) ? step.retries : {}, 'attempts');
  if (retries !== undefined && (retries < 0 || retries > MAX_RETRIES)) {
    throw new InvalidFunction(id, `retries must be between 0 and ${MAX_RETRIES}, not ${retries}`);
  }

  return {
    id,
    uuid: uuidOf(id),
    name: read.optionalText(raw, 'name') ?? id,
    url,
    maxAttempts: (retries ?? DEFAULT_RETRIES) + 1,
    ...readTriggers(read, raw.triggers),
    ...readConcurrency(read, raw.concurrency),
    ...readFlowControl(read, raw),
  };
}

/** The expressions of a function, each with the field that it stands in. */
export function expressionsOf(fn: FunctionConfig): { field: string; expression: string }[] {
  const all: Record<string, (string | undefined)[]> = {
    'triggers.expression': fn.eventTriggers.map(({ expression }) => expression),
    'cancel.if': fn.cancel.map((cancel) => cancel.if),
    'concurrency.key': [...fn.stepLimits, ...fn.runLimits].map(({ key }) => key),
    idempotency: [fn.idempotency],
    'rateLimit.key': [fn.rateLimit?.key],
    'throttle.key': [fn.throttle?.key],
    'debounce.key': [fn.debounce?.key],
    'batchEvents.key': [fn.batch?.key],
    'batchEvents.if': [fn.batch?.if],
    'singleton.key': [fn.singleton?.key],
    'priority.run': [fn.priority],
  };
  return Object.entries(all).flatMap(([field, texts]) =>
    texts.flatMap((expression) => (expression === undefined ? [] : [{ field, expression }])),
  );
}

function firstStep(steps: unknown): JsonObject | undefined {
  const step = isObject(steps) ? (steps.step ?? Object.values(steps)[0]) : undefined;
  return isObject(step) ? step : undefined;
}

function readTriggers(read: ConfigReader, value: unknown) {
  const eventTriggers: EventTrigger[] = [];
  const cronTriggers: CronTrigger[] = [];
  for (const trigger of Array.isArray(value) ? value : []) {
    const cron = read.optionalText(trigger, 'cron');
    const event = read.optionalText(trigger, 'event');
    if (cron !== undefined) {
      cronTriggers.push({ cron, jitter: read.optionalPeriod(trigger, 'jitter') ?? 0 });
    } else if (event !== undefined) {
      eventTriggers.push({ event, ...defined('expression', read.optionalText(trigger, 'expression')) });
    } else {
      throw read.problem('a trigger needs an event or a cron');
    }
  }
  return { eventTriggers, cronTriggers };
}

/** `concurrency` is a number, an object, an array, or `{ fn, step }` (inngest: pkg/inngest/concurrency.go). */
function readConcurrency(read: ConfigReader, value: unknown) {
  const bothKinds = isObject(value) && ('fn' in value || 'step' in value);
  return {
    stepLimits: readLimits(read, bothKinds ? value.step : value),
    runLimits: bothKinds ? readLimits(read, value.fn) : [],
  };
}

function readLimits(read: ConfigReader, value: unknown): Limit[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'number') return value > 0 ? [{ limit: value, scope: 'fn' }] : [];
  const limits = [value].flat().map((item): Limit => {
    const scope = read.optionalText(item, 'scope') ?? 'fn';
    if (scope !== 'fn' && scope !== 'env' && scope !== 'account') {
      throw read.problem(`concurrency scope must be fn, env or account, not "${scope}"`);
    }
    const key = read.optionalText(item, 'key');
    if (scope !== 'fn' && key === undefined) {
      throw read.problem(`concurrency with scope "${scope}" needs a key`);
    }
    return { limit: read.number(item, 'limit'), scope, ...defined('key', key) };
  });
  if (limits.length > 2) throw read.problem('at most two concurrency limits are allowed');
  return limits.filter(({ limit }) => limit > 0);
}

function readFlowControl(read: ConfigReader, raw: JsonObject) {
  const { rateLimit, throttle, debounce, batchEvents, singleton, timeouts, priority, cancel } = raw;
  const key = (of: unknown) => defined('key', read.optionalText(of, 'key'));
  const mode = singleton ? read.optionalText(singleton, 'mode') : undefined;
  if (singleton && mode !== 'skip' && mode !== 'cancel') {
    throw read.problem('singleton mode must be skip or cancel');
  }
  if (batchEvents && (debounce || cancel || rateLimit)) {
    throw read.problem('batchEvents cannot be used with debounce, cancelOn or rateLimit');
  }
  return {
    cancel: (Array.isArray(cancel) ? cancel : []).map((item) => ({
      event: read.text(item, 'event'),
      ...defined('if', read.optionalText(item, 'if')),
      ...defined('timeout', read.optionalText(item, 'timeout')),
    })),
    ...defined('idempotency', read.optionalText(raw, 'idempotency')),
    ...(rateLimit
      ? {
          rateLimit: {
            limit: read.number(rateLimit, 'limit'),
            period: read.period(rateLimit, 'period'),
            ...key(rateLimit),
          },
        }
      : {}),
    ...(throttle
      ? {
          throttle: {
            limit: read.number(throttle, 'limit'),
            period: read.period(throttle, 'period'),
            burst: read.optionalNumber(throttle, 'burst') ?? 0,
            ...key(throttle),
          },
        }
      : {}),
    ...(debounce
      ? {
          debounce: {
            period: read.period(debounce, 'period'),
            ...defined('timeout', read.optionalPeriod(debounce, 'timeout')),
            ...key(debounce),
          },
        }
      : {}),
    ...(batchEvents
      ? {
          batch: {
            maxSize: read.number(batchEvents, 'maxSize'),
            timeout: read.period(batchEvents, 'timeout'),
            ...key(batchEvents),
            ...defined('if', read.optionalText(batchEvents, 'if')),
          },
        }
      : {}),
    ...(mode === 'skip' || mode === 'cancel' ? { singleton: { mode, ...key(singleton) } as const } : {}),
    ...defined('priority', isObject(priority) ? read.optionalText(priority, 'run') : undefined),
    ...defined('startTimeout', timeouts ? read.optionalPeriod(timeouts, 'start') : undefined),
    ...defined('finishTimeout', timeouts ? read.optionalPeriod(timeouts, 'finish') : undefined),
  };
}
