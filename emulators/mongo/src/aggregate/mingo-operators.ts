import { Decimal128, Double, Long } from 'bson';
import { makeDouble } from '../bson/decode.ts';
import { isDocument, isRegex } from '../bson/document.ts';
import { regexParts } from '../bson/order.ts';
import { CommandError, notSupported } from '../errors.ts';
import { compileRegex } from '../query/regex.ts';
import type { Scope } from './expression.ts';
import { mingo } from './mingo.ts';
import type { Operator, OperatorTable } from './operator.ts';

/** The operators that `mingo` evaluates: regular expressions, trigonometry, bits. Their arguments are evaluated by us. */
const NAMES = {
  text: ['$regexFind $regexFindAll $regexMatch'],
  trigonometry: [
    '$acos $acosh $asin $asinh $atan $atan2 $atanh $cos $cosh $degreesToRadians $radiansToDegrees $sin $sinh $tan $tanh',
  ],
  bits: ['$bitAnd $bitNot $bitOr $bitXor'],
  chance: ['$rand'],
};
/** Those that answer a double, also where its value is whole. */
const DOUBLES = new Set(NAMES.trigonometry.join(' ').split(' '));

export const MINGO_OPERATORS: OperatorTable = Object.fromEntries(
  Object.values(NAMES)
    .flatMap((lines) => lines.join(' ').split(' '))
    .map((name) => [name, operator(name)]),
);

function operator(name: string): Operator {
  return (argument, context) => {
    const apply = mingo().operator(name);
    const evaluate = namedOrListed(argument, (part) => context.compile(part));
    return (scope) => {
      const values = evaluate(scope);
      const result = run(name, () => apply(values));
      if (DOUBLES.has(name) && (result === null || Number.isNaN(result))) checkDomain(name, values);
      if (typeof result !== 'number') return result;
      return DOUBLES.has(name) ? makeDouble(result) : result;
    };
  };
}

/** What answers no number was given none, or one for which there is no answer. */
function checkDomain(name: string, values: unknown): void {
  for (const value of Array.isArray(values) ? values : [values]) {
    if (typeof value !== 'number' || Number.isNaN(value)) continue;
    if (Array.isArray(values) && values.some((other) => typeof other !== 'number')) continue;
    throw new CommandError(50989, `cannot apply ${name} to ${value}, value must be in its range`);
  }
}

/** Evaluates the arguments where they stand, so that the operator finds literals in the shape it expects. */
function namedOrListed(
  argument: unknown,
  compile: (part: unknown) => (scope: Scope) => unknown,
): (scope: Scope) => unknown {
  if (Array.isArray(argument)) {
    const parts = argument.map(compile);
    return (scope) => parts.map((part) => literal(part(scope)));
  }
  if (isDocument(argument) && !Object.keys(argument)[0]?.startsWith('$')) {
    const parts = Object.entries(argument).map(([name, part]) => [name, compile(part)] as const);
    return (scope) => Object.fromEntries(parts.map(([name, part]) => [name, literal(part(scope))]));
  }
  const single = compile(argument);
  return (scope) => literal(single(scope));
}

/** A value as mingo takes it, in a form that it does not evaluate again. */
function literal(value: unknown): unknown {
  const plain = simple(value);
  return typeof plain === 'string' && plain.startsWith('$') ? { $literal: plain } : plain;
}

function simple(value: unknown): unknown {
  if (value instanceof Double) return value.value;
  if (value instanceof Decimal128) throw notSupported('a decimal in this expression');
  if (value instanceof Long && value._bsontype === 'Long') {
    if (!Number.isSafeInteger(value.toNumber())) throw notSupported('a long above 2^53 in this expression');
    return value.toNumber();
  }
  if (isRegex(value)) {
    const { pattern, options: flags } = regexParts(value);
    return compileRegex(pattern, flags);
  }
  return Array.isArray(value) ? value.map(simple) : value;
}

function run(name: string, evaluate: () => unknown): unknown {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(16702, `${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
