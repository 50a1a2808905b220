import { createRequire } from 'node:module';
import type * as aggregator from 'mingo/aggregator';
import type * as core from 'mingo/core';
import type { Document } from '../bson/document.ts';

/** What is used of `mingo`. */
export interface Mingo {
  /** An expression operator, to be called with its evaluated arguments. */
  operator(name: string): (values: unknown) => unknown;
  runStage(stage: Document, documents: unknown[]): Document[];
}

type Operators = Record<`$${string}`, (input: unknown, argument: unknown, options: unknown) => unknown>;

const require = createRequire(import.meta.url);
let loaded: Mingo | undefined;

/** Loads `mingo` when it is first needed: most programs start without it. */
export function mingo(): Mingo {
  loaded ??= load();
  return loaded;
}

function load(): Mingo {
  const { Aggregator } = require('mingo/aggregator') as typeof aggregator;
  const { Context, ProcessingMode } = require('mingo/core') as typeof core;
  const operators = (kind: string) => require(`mingo/operators/${kind}`) as Operators;
  const expression = operators('expression');
  const context = Context.init({
    accumulator: operators('accumulator'),
    expression,
    pipeline: operators('pipeline'),
    window: operators('window'),
  } as never);
  const options = {
    context,
    idKey: '_id',
    useStrictMode: true,
    scriptEnabled: false,
    failOnError: true,
    processingMode: ProcessingMode.CLONE_OFF,
  };
  return {
    operator(name) {
      const operator = expression[name as `$${string}`];
      if (!operator) throw new Error(`mingo has no operator ${name}`);
      return (values) => operator(null, values, options);
    },
    // $setWindowFields is made of a function of its own; who calls this lets no other through.
    runStage: (stage, documents) =>
      new Aggregator([stage] as never, { ...options, scriptEnabled: true }).run(
        documents as never,
      ) as Document[],
  };
}
