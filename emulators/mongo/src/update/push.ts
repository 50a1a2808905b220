import { type Document, isDocument, isEmpty } from '../bson/document.ts';
import { toInteger } from '../bson/numbers.ts';
import { compare } from '../bson/order.ts';
import { typeName } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { sortBy } from '../query/sort.ts';
import { eachOf } from './operators.ts';

const MODIFIERS = new Set(['$each', '$position', '$slice', '$sort']);

/** The array after `$push`, with its modifiers in MongoDB's order: position, sort, slice. */
export function applyPush(list: readonly unknown[], argument: unknown): unknown[] {
  const values = eachOf('$push', argument);
  const modifiers: Document = isDocument(argument) && Object.hasOwn(argument, '$each') ? argument : {};
  for (const name of Object.keys(modifiers)) {
    if (!MODIFIERS.has(name)) throw new CommandError('BadValue', `Unrecognized clause in $push: ${name}`);
  }
  const position = integer('$position', modifiers['$position'], list.length);
  let out = list.toSpliced(position, 0, ...values);
  if (modifiers['$sort'] !== undefined) out = sorted(out, modifiers['$sort']);
  if (modifiers['$slice'] === undefined) return out;
  const slice = integer('$slice', modifiers['$slice'], 0);
  return slice < 0 ? out.slice(slice) : out.slice(0, slice);
}

function integer(name: string, value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise;
  const number = toInteger(value);
  if (number === undefined) {
    throw new CommandError(
      'BadValue',
      `The value for ${name} must be an integer value but was given type: ${typeName(value)}`,
    );
  }
  return number;
}

function sorted(list: unknown[], sort: unknown): unknown[] {
  if (isDocument(sort) && !isEmpty(sort)) return sortBy(list, sort, (item) => (isDocument(item) ? item : {}));
  const direction = toInteger(sort);
  if (direction === 1 || direction === -1) return list.sort((a, b) => compare(a, b) * direction);
  throw new CommandError('BadValue', 'The $sort element value must be either 1 or -1');
}
