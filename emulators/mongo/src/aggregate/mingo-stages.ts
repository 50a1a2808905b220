import { Decimal128, Double, Long } from 'bson';
import { isDocument } from '../bson/document.ts';
import { CommandError, notSupported } from '../errors.ts';
import { mingo } from './mingo.ts';
import type { Stage } from './pipeline.ts';

/** The stages that `mingo` runs. Numbers are plain to it, so that whole doubles come out as ints. */
const NAMES = ['$bucketAuto', '$setWindowFields', '$densify', '$fill'];

export const MINGO_STAGES: Record<string, Stage> = Object.fromEntries(
  NAMES.map((name) => [name, stage(name)]),
);

function stage(name: string): Stage {
  return (argument) => {
    if (!isDocument(argument))
      throw new CommandError('FailedToParse', `the ${name} stage specification must be an object`);
    return (documents) => {
      try {
        return mingo().runStage({ [name]: plain(argument) }, documents.map(plain));
      } catch (error) {
        if (error instanceof CommandError) throw error;
        throw new CommandError(
          'BadValue',
          `${name}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    };
  };
}

function plain(value: unknown): unknown {
  if (value instanceof Double) return value.value;
  if (value instanceof Decimal128) throw notSupported('a decimal in this stage');
  if (value instanceof Long && value._bsontype === 'Long') return value.toNumber();
  if (Array.isArray(value)) return value.map(plain);
  if (!isDocument(value)) return value;
  if (Object.hasOwn(value, '$function') || Object.hasOwn(value, '$accumulator'))
    throw notSupported('JavaScript');
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, plain(inner)]));
}
