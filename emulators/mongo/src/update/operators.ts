import { Long, Timestamp } from 'bson';
import { type Document, isDocument, isOperatorDocument } from '../bson/document.ts';
import { add, isNumeric, multiply, numberType, toInteger, toNumber } from '../bson/numbers.ts';
import { compare, orderKey } from '../bson/order.ts';
import { type Path, parsePath } from '../bson/path.ts';
import { typeName } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { compileValueFilter } from '../query/filter.ts';
import { clearPlace, locate, type Place, readPlace, writePlace } from './paths.ts';
import { applyPush } from './push.ts';

interface Step {
  /** The path as the update writes it, for messages. */
  path: string;
  now: Date;
}
type UpdateOperator = (document: Document, target: Path, argument: unknown, step: Step) => void;

/** An operator that makes its field where there is none. */
const making =
  (change: (place: Place, argument: unknown, step: Step) => void): UpdateOperator =>
  (document, target, argument, step) => {
    const place = locate(document, target, true);
    if (place) change(place, argument, step);
  };

/** An operator that leaves a document without its field as it is. */
const changing =
  (change: (place: Place, argument: unknown, step: Step) => void): UpdateOperator =>
  (document, target, argument, step) => {
    const place = locate(document, target, false);
    if (place && readPlace(place) !== undefined) change(place, argument, step);
  };

/** The array operators that take away. */
const onArray = (change: (list: unknown[], argument: unknown, path: string) => unknown[]) =>
  changing((place, argument, { path }) => writePlace(place, change(arrayAt(place, path), argument, path)));

function arrayAt(place: Place, path: string): unknown[] {
  const value = readPlace(place);
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new CommandError(
    'BadValue',
    `The field '${path}' must be an array but is of type ${typeName(value)}`,
  );
}

const keySet = (items: readonly unknown[]) => new Set(items.map((item) => orderKey(item)));

export const OPERATORS: Record<string, UpdateOperator> = {
  $set: making(writePlace),
  $setOnInsert: making(writePlace),
  $unset: changing(clearPlace),
  $inc: arithmetic('$inc', 'increment', add, (by) => by),
  $mul: arithmetic('$mul', 'multiply', multiply, (by) => (isNumeric(by) ? multiply(by, 0) : 0)),
  $min: making((place, value) => keepIf(place, value, (order) => order < 0)),
  $max: making((place, value) => keepIf(place, value, (order) => order > 0)),
  $currentDate: making((place, how, { path, now }) => writePlace(place, currentDate(how, path, now))),
  $bit: making((place, argument, { path }) => writePlace(place, bitwise(readPlace(place), argument, path))),
  $push: making((place, argument, { path }) => writePlace(place, applyPush(arrayAt(place, path), argument))),
  $addToSet: making((place, argument, { path }) => {
    const list = [...setAt(place, path)];
    const known = keySet(list);
    for (const value of eachOf('$addToSet', argument)) {
      if (known.has(orderKey(value))) continue;
      known.add(orderKey(value));
      list.push(value);
    }
    writePlace(place, list);
  }),
  $pop: onArray((list, end, path) => {
    const side = toInteger(end);
    if (side !== 1 && side !== -1)
      throw new CommandError('FailedToParse', `$pop expects 1 or -1, found: ${String(end)} at ${path}`);
    return side < 0 ? list.slice(1) : list.slice(0, -1);
  }),
  $pull: onArray((list, condition) => {
    const holds = pullTest(condition);
    return list.filter((item) => !holds(item));
  }),
  $pullAll: onArray((list, values) => {
    if (!Array.isArray(values))
      throw new CommandError(
        'BadValue',
        `$pullAll requires an array argument but was given a ${typeName(values)}`,
      );
    const unwanted = keySet(values);
    return list.filter((item) => !unwanted.has(orderKey(item)));
  }),
};

function setAt(place: Place, path: string): unknown[] {
  const value = readPlace(place);
  if (value === undefined || Array.isArray(value)) return value ?? [];
  throw new CommandError(
    'BadValue',
    `Cannot apply $addToSet to non-array field. Field named '${path}' has non-array type ${typeName(value)}`,
  );
}

/** The values of `{ $each: […] }`, or the one value that is there without it. */
export function eachOf(operator: string, argument: unknown): unknown[] {
  if (!isDocument(argument) || !Object.hasOwn(argument, '$each')) return [argument];
  if (Array.isArray(argument['$each'])) return argument['$each'];
  throw new CommandError(
    'BadValue',
    `The argument to $each in ${operator} must be an array but it was of type: ${typeName(argument['$each'])}`,
  );
}

function arithmetic(
  name: string,
  verb: string,
  operate: typeof add,
  initial: (by: unknown) => unknown,
): UpdateOperator {
  return making((place, by, { path }) => {
    if (!isNumeric(by))
      throw new CommandError(
        'TypeMismatch',
        `Cannot ${verb} with non-numeric argument: {${path}: ${JSON.stringify(by)}}`,
      );
    const value = readPlace(place);
    if (value === undefined) return writePlace(place, initial(by));
    if (!isNumeric(value)) {
      throw new CommandError(
        'TypeMismatch',
        `Cannot apply ${name} to a value of non-numeric type. {_id: …} has the field '${path}' of non-numeric type ${typeName(value)}`,
      );
    }
    writePlace(place, operate(value, by));
  });
}

function keepIf(place: Place, value: unknown, better: (order: number) => boolean): void {
  const old = readPlace(place);
  if (old === undefined || better(compare(value, old))) writePlace(place, value);
}

function currentDate(how: unknown, path: string, now: Date): Date | Timestamp {
  const type = isDocument(how) ? how['$type'] : how === true || how === false ? 'date' : undefined;
  if (type === 'date') return now;
  if (type === 'timestamp') return new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 });
  throw new CommandError(
    'BadValue',
    `The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {${path}: …}}`,
  );
}

const BITS: Record<string, (a: bigint, b: bigint) => bigint> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};

function bitwise(value: unknown, argument: unknown, path: string): unknown {
  if (!isDocument(argument))
    throw new CommandError(
      'BadValue',
      `The $bit modifier is not compatible with a ${typeName(argument)}. You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}`,
    );
  const old = value ?? 0;
  if (!isNumeric(old) || !['int', 'long'].includes(numberType(old))) {
    throw new CommandError(
      'BadValue',
      `Cannot apply $bit to a value of non-integral type. {${path}: …} has the field of non-integer type ${typeName(old)}`,
    );
  }
  let bits = toBits(old);
  let long = old instanceof Long;
  for (const [operation, operand] of Object.entries(argument)) {
    const apply = Object.hasOwn(BITS, operation) ? BITS[operation] : undefined;
    if (!apply)
      throw new CommandError(
        'BadValue',
        `The $bit modifier only supports 'and', 'or', and 'xor', not '${operation}' which is an unknown operator`,
      );
    if (!isNumeric(operand) || !['int', 'long'].includes(numberType(operand))) {
      throw new CommandError(
        'BadValue',
        `The $bit modifier field must be an Integer(32/64 bit); a '${typeName(operand)}' is not supported here`,
      );
    }
    long ||= operand instanceof Long;
    bits = apply(bits, toBits(operand));
  }
  return long ? Long.fromBigInt(BigInt.asIntN(64, bits)) : Number(BigInt.asIntN(32, bits));
}

const toBits = (value: unknown) =>
  value instanceof Long ? value.toBigInt() : BigInt(toNumber(value as number));

/** `$pull` takes a value, a condition on the element, or a filter for elements that are documents. */
function pullTest(condition: unknown): (value: unknown) => boolean {
  if (isDocument(condition) || isOperatorDocument(condition)) return compileValueFilter(condition);
  if (Array.isArray(condition)) {
    const key = orderKey(condition);
    return (value) => orderKey(value) === key;
  }
  return compileValueFilter(condition);
}

export function rename(document: Document, path: string, to: string): void {
  const from = locate(document, parsePath(path), false);
  const value = from && readPlace(from);
  if (!from || value === undefined) return;
  if (Array.isArray(from.parent))
    throw new CommandError('BadValue', `The source field cannot be an array element, '${path}'`);
  clearPlace(from);
  const target = locate(document, parsePath(to), true);
  if (!target) return;
  if (Array.isArray(target.parent))
    throw new CommandError('BadValue', `The destination field cannot be an array element, '${to}'`);
  writePlace(target, value);
}
