import type { Document } from '../bson/document.ts';
import { named } from './control.ts';
import type { Operator } from './operator.ts';

/** An operator that takes its arguments by name. One that was not given has no field in `values`. */
export function namedArguments(
  name: string,
  needed: readonly string[],
  optional: readonly string[],
  apply: (values: Document) => unknown,
): Operator {
  return (argument, context) => {
    const parts = Object.entries(named(name, argument, needed, optional)).map(
      ([field, part]) => [field, context.compile(part)] as const,
    );
    return (scope) => apply(Object.fromEntries(parts.map(([field, part]) => [field, part(scope)])));
  };
}
