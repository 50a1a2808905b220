import { type Document, isDocument } from '../bson/document.ts';
import { isTruthy } from '../bson/numbers.ts';
import { CommandError } from '../errors.ts';
import type { Compilation, Evaluate, Scope } from './expression.ts';
import { fixed, isMissing, type OperatorTable } from './operator.ts';

/** Operators that do not evaluate all their arguments, or evaluate them with variables of their own. */
export const CONTROL: OperatorTable = {
  $literal: (argument) => () => argument,
  $and: (argument, context) => {
    const parts = list(argument, context);
    return (scope) => parts.every((part) => isTruthy(part(scope)));
  },
  $or: (argument, context) => {
    const parts = list(argument, context);
    return (scope) => parts.some((part) => isTruthy(part(scope)));
  },
  $not: fixed('$not', [1], ([value]) => !isTruthy(value)),
  $ifNull: (argument, context) => {
    const parts = list(argument, context);
    if (parts.length < 2) throw new CommandError(1257300, '$ifNull needs at least two arguments');
    return (scope) => {
      let value: unknown;
      for (const part of parts) {
        value = part(scope);
        if (!isMissing(value)) return value;
      }
      return value;
    };
  },
  $cond: (argument, context) => {
    const [test, yes, no] = condParts(argument).map((part) => context.compile(part)) as [
      Evaluate,
      Evaluate,
      Evaluate,
    ];
    return (scope) => (isTruthy(test(scope)) ? yes(scope) : no(scope));
  },
  $switch: (argument, context) => {
    const { branches, default: otherwise } = named('$switch', argument, ['branches'], ['default']);
    if (!Array.isArray(branches) || branches.length === 0)
      throw new CommandError(40068, '$switch requires at least one branch');
    const cases = branches.map((branch) => {
      const { case: test, then } = named('$switch branch', branch, ['case', 'then']);
      return [context.compile(test), context.compile(then)] as const;
    });
    const last = otherwise === undefined ? undefined : context.compile(otherwise);
    return (scope) => {
      for (const [test, then] of cases) if (isTruthy(test(scope))) return then(scope);
      if (last) return last(scope);
      throw new CommandError(
        40066,
        '$switch could not find a matching branch for an input, and no default was specified.',
      );
    };
  },
  $let: (argument, context) => {
    const { vars, in: body } = named('$let', argument, ['vars', 'in']);
    const made = Object.entries(isDocument(vars) ? vars : {}).map(
      ([name, value]) => [checkName(name), context.compile(value)] as const,
    );
    const evaluate = context.compile(body);
    return (scope) =>
      evaluate(withVariables(scope, Object.fromEntries(made.map(([name, value]) => [name, value(scope)]))));
  },
  $map: (argument, context) => {
    const { input, as = 'this', in: body } = named('$map', argument, ['input', 'in'], ['as', 'arrayIndexAs']);
    const [source, evaluate, name] = [context.compile(input), context.compile(body), checkName(as)];
    return onArray('$map', 16883, source, (items, scope) =>
      items.map((item) => evaluate(withVariables(scope, { [name]: item })) ?? null),
    );
  },
  $filter: (argument, context) => {
    const {
      input,
      as = 'this',
      cond,
      limit,
    } = named('$filter', argument, ['input', 'cond'], ['as', 'limit']);
    const [source, test, name] = [context.compile(input), context.compile(cond), checkName(as)];
    const most = limit === undefined ? undefined : context.compile(limit);
    return onArray('$filter', 28651, source, (items, scope) => {
      const kept = items.filter((item) => isTruthy(test(withVariables(scope, { [name]: item }))));
      const count = most?.(scope);
      return isMissing(count) ? kept : kept.slice(0, Number(count));
    });
  },
  $reduce: (argument, context) => {
    const { input, initialValue, in: body } = named('$reduce', argument, ['input', 'initialValue', 'in']);
    const [source, start, evaluate] = [
      context.compile(input),
      context.compile(initialValue),
      context.compile(body),
    ];
    return onArray('$reduce', 40080, source, (items, scope) =>
      items.reduce((value, item) => evaluate(withVariables(scope, { value, this: item })), start(scope)),
    );
  },
  $getField: (argument, context) => {
    const given = isDocument(argument) && Object.hasOwn(argument, 'field') ? argument : { field: argument };
    const { field, input = '$$CURRENT' } = given as Document;
    const [name, source] = [context.compile(field), context.compile(input)];
    return (scope) => {
      const [key, from] = [name(scope), source(scope)];
      if (typeof key !== 'string')
        throw new CommandError(3041704, "$getField requires 'field' to evaluate to type String");
      return isDocument(from) && Object.hasOwn(from, key) ? from[key] : isMissing(from) ? from : undefined;
    };
  },
};

const list = (argument: unknown, context: Compilation) =>
  (Array.isArray(argument) ? argument : [argument]).map((item) => context.compile(item));

const withVariables = (scope: Scope, variables: Document): Scope => ({
  root: scope.root,
  variables: { ...scope.variables, ...variables },
});

function condParts(argument: unknown): unknown[] {
  if (Array.isArray(argument)) {
    if (argument.length === 3) return argument;
    throw new CommandError(
      16020,
      `Expression $cond takes exactly 3 arguments. ${argument.length} were passed in.`,
    );
  }
  const { if: test, then, else: otherwise } = named('$cond', argument, ['if', 'then', 'else']);
  return [test, then, otherwise];
}

/** The named arguments of an operator. */
export function named(
  name: string,
  argument: unknown,
  needed: readonly string[],
  optional: readonly string[] = [],
): Document {
  if (!isDocument(argument))
    throw new CommandError('FailedToParse', `${name} only supports an object as its argument`);
  for (const field of Object.keys(argument)) {
    if (!needed.includes(field) && !optional.includes(field))
      throw new CommandError('FailedToParse', `Unrecognized parameter to ${name}: ${field}`);
  }
  for (const field of needed) {
    if (!Object.hasOwn(argument, field))
      throw new CommandError('FailedToParse', `Missing '${field}' parameter to ${name}`);
  }
  return argument;
}

function checkName(name: unknown): string {
  if (typeof name === 'string' && /^[a-z\u0080-\uffff][\w\u0080-\uffff]*$/.test(name)) return name;
  throw new CommandError(
    'FailedToParse',
    `'${String(name)}' starts with an invalid character for a user variable name`,
  );
}

function onArray(
  name: string,
  code: number,
  source: Evaluate,
  apply: (items: unknown[], scope: Scope) => unknown,
): Evaluate {
  return (scope) => {
    const items = source(scope);
    if (isMissing(items)) return null;
    if (!Array.isArray(items)) throw new CommandError(code, `input to ${name} must be an array`);
    return apply(items, scope);
  };
}
