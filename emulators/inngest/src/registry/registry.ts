import type { Expressions } from '../expressions/expression.ts';
import { InvalidFunction } from '../protocol/config-reader.ts';
import {
  type EventTrigger,
  expressionsOf,
  type FunctionConfig,
  readFunctionConfig,
} from '../protocol/function-config.ts';
import { canonicalJson, isObject } from '../protocol/json.ts';
import type { Settings } from '../store/settings.ts';

/** An app and the functions that it registered. */
interface App {
  name: string;
  url: string;
  sdk: string;
  framework: string;
  functions: FunctionConfig[];
}

interface Trigger {
  fn: FunctionConfig;
  trigger: EventTrigger;
}

/** A registration is refused; the message says what is wrong with it. */
export class InvalidRegistration extends Error {
  override readonly name = 'InvalidRegistration';
}

/** Which functions there are, and which an event starts. */
export interface Registry {
  /**
   * Takes an app's registration (SDK_SPEC 4.3.2). An app is known by its name; functions that it no longer has are gone.
   *
   * @throws InvalidRegistration
   */
  register(body: unknown): { app: App; modified: boolean };
  apps(): App[];
  get(functionId: string): FunctionConfig | undefined;
  /** The functions that an event of this name may start, in the order of registration. */
  triggeredBy(eventName: string): Trigger[];
  onChange(listener: () => void): void;
}

export function createRegistry(settings: Settings, expressions: Expressions): Registry {
  const apps = new Map<string, App & { config: string }>();
  const functions = new Map<string, FunctionConfig>();
  const byName = new Map<string, Trigger[]>();
  let patterns: (Trigger & { prefix: string })[] = [];
  const listeners: (() => void)[] = [];

  const index = () => {
    functions.clear();
    byName.clear();
    patterns = [];
    for (const fn of [...apps.values()].flatMap((app) => app.functions)) {
      functions.set(fn.id, fn);
      for (const trigger of fn.eventTriggers) {
        if (trigger.event.endsWith('*')) {
          patterns.push({ fn, trigger, prefix: trigger.event.slice(0, -1) });
        } else {
          const known = byName.get(trigger.event);
          if (known) known.push({ fn, trigger });
          else byName.set(trigger.event, [{ fn, trigger }]);
        }
      }
    }
  };

  const register = (body: unknown) => {
    const app = readApp(body, expressions);
    for (const { id } of app.functions) {
      const owner = [...apps.values()].find(
        ({ name, functions }) => name !== app.name && functions.some((fn) => fn.id === id),
      );
      if (owner)
        throw new InvalidRegistration(`function "${id}" is already registered by the app "${owner.name}"`);
    }
    const modified = apps.get(app.name)?.config !== app.config;
    if (modified) {
      apps.set(app.name, app);
      index();
    }
    return { app, modified };
  };

  for (const { config } of settings.apps()) register(JSON.parse(config));

  return {
    register(body) {
      const result = register(body);
      if (result.modified) {
        const { name, url } = result.app;
        settings.saveApp({ name, url, config: result.app.config });
        for (const listener of listeners) listener();
      }
      return result;
    },
    apps: () => [...apps.values()],
    get: (functionId) => functions.get(functionId),
    triggeredBy(eventName) {
      const exact = byName.get(eventName) ?? [];
      if (patterns.length === 0) return exact;
      return [...exact, ...patterns.filter(({ prefix }) => eventName.startsWith(prefix))];
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

function readApp(body: unknown, expressions: Expressions): App & { config: string } {
  if (!isObject(body)) throw new InvalidRegistration('Invalid request: a registration must be a JSON object');
  const name = body.appName ?? body.app_id;
  const { url, sdk, framework, functions } = body;
  if (typeof name !== 'string' || name === '') throw new InvalidRegistration('App ID required');
  if (typeof url !== 'string' || !URL.canParse(url)) throw new InvalidRegistration('url is not a URL');
  if (!Array.isArray(functions)) throw new InvalidRegistration('functions must be an array');
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const kept = { appName: name, url, sdk: text(sdk), framework: text(framework), functions };
  return {
    name,
    url,
    sdk: kept.sdk,
    framework: kept.framework,
    functions: readFunctions(functions, expressions),
    config: canonicalJson(kept),
  };
}

function readFunctions(values: readonly unknown[], expressions: Expressions): FunctionConfig[] {
  const functions = new Map<string, FunctionConfig>();
  for (const value of values) {
    try {
      const fn = readFunctionConfig(value);
      if (functions.has(fn.id)) throw new InvalidFunction(fn.id, 'two functions have this id');
      checkExpressions(fn, expressions);
      functions.set(fn.id, fn);
    } catch (error) {
      if (!(error instanceof InvalidFunction)) throw error;
      throw new InvalidRegistration(`At least one function is invalid: ${error.message}`);
    }
  }
  return [...functions.values()];
}

function checkExpressions(fn: FunctionConfig, expressions: Expressions): void {
  for (const { field, expression } of expressionsOf(fn)) {
    try {
      expressions.check(expression);
    } catch (error) {
      throw new InvalidFunction(fn.id, `${field} is not a valid expression: ${(error as Error).message}`);
    }
  }
}
