import { CommandError } from '../errors.ts';
import type { Compilation, Evaluate } from './expression.ts';

/** Makes an operator's evaluation from its argument as written. */
export type Operator = (argument: unknown, context: Compilation) => Evaluate;
export type OperatorTable = Record<string, Operator>;

/** An operator of a fixed number of arguments; a single one may be written without brackets. */
export function fixed(
  name: string,
  counts: readonly number[],
  apply: (values: unknown[], context: Compilation) => unknown,
): Operator {
  return (argument, context) => {
    const list = Array.isArray(argument) ? argument : [argument];
    if (!counts.includes(list.length)) {
      throw new CommandError(
        16020,
        `Expression ${name} takes exactly ${counts.join(' or ')} arguments. ${list.length} were passed in.`,
      );
    }
    const parts = list.map((item) => context.compile(item));
    return (scope) =>
      apply(
        parts.map((part) => part(scope)),
        context,
      );
  };
}

/** An operator of any number of arguments. */
export function variadic(apply: (values: unknown[], context: Compilation) => unknown): Operator {
  return (argument, context) => {
    const parts = (Array.isArray(argument) ? argument : [argument]).map((item) => context.compile(item));
    return (scope) =>
      apply(
        parts.map((part) => part(scope)),
        context,
      );
  };
}

export const isMissing = (value: unknown): value is null | undefined => value === null || value === undefined;
