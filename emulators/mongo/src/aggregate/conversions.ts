import { Binary, Decimal128, Long, ObjectId } from 'bson';
import { makeDouble } from '../bson/decode.ts';
import {
  isInt32,
  isNumeric,
  isTruthy,
  makeInteger,
  type Numeric,
  numberType,
  toNumber,
} from '../bson/numbers.ts';
import { typeName, typesNamed } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { named } from './control.ts';
import { fixed, isMissing, type OperatorTable } from './operator.ts';

/** A conversion; undefined where there is none from the value's type. */
type Conversion = (value: unknown) => unknown;

const CONVERSIONS_TO: Record<string, Conversion> = {
  bool: (value) => isTruthy(value),
  int: (value) => integer(value, 'int'),
  long: (value) => integer(value, 'long'),
  double: (value) => {
    if (typeof value === 'string') return makeDouble(parseNumber(value));
    if (typeof value === 'boolean') return makeDouble(Number(value));
    if (value instanceof Date) return makeDouble(value.getTime());
    return isNumeric(value) ? makeDouble(toNumber(value)) : undefined;
  },
  decimal: (value) => {
    if (value instanceof Decimal128) return value;
    if (typeof value === 'string') {
      parseNumber(value);
      return Decimal128.fromString(value);
    }
    if (value instanceof Date) return Decimal128.fromString(String(value.getTime()));
    if (typeof value === 'boolean') return Decimal128.fromString(value ? '1' : '0');
    return isNumeric(value)
      ? Decimal128.fromString(
          numberType(value) === 'double' ? toNumber(value).toPrecision(15) : String(value),
        )
      : undefined;
  },
  date: (value) => {
    if (value instanceof Date) return value;
    if (value instanceof ObjectId) return value.getTimestamp();
    if (typeof value === 'string') return parseDate(value);
    return isNumeric(value) && !isInt32Value(value) ? new Date(Math.trunc(toNumber(value))) : undefined;
  },
  objectId: (value) => {
    if (value instanceof ObjectId) return value;
    if (typeof value !== 'string') return undefined;
    if (!/^[0-9a-f]{24}$/i.test(value)) {
      throw failure(
        `Failed to parse objectId '${value}' in $convert with no onError value: Invalid string length for parsing to OID, expected 24 but found ${value.length}`,
      );
    }
    return new ObjectId(value);
  },
  string: (value) => {
    if (value instanceof Date) return value.toISOString();
    if (value instanceof ObjectId) return value.toHexString();
    if (value instanceof Binary)
      return value.sub_type === Binary.SUBTYPE_UUID ? value.toUUID().toString() : value.toString('base64');
    if (isNumeric(value))
      return String(
        isNumeric(value) && !(value instanceof Long || value instanceof Decimal128) ? toNumber(value) : value,
      );
    return typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined;
  },
};

const isInt32Value = (value: Numeric) => numberType(value) === 'int';
const failure = (message: string) => new CommandError('ConversionFailure', message);

function parseNumber(text: string): number {
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number))
    throw failure(`Failed to parse number '${text}' in $convert with no onError value`);
  return number;
}

function integer(value: unknown, type: 'int' | 'long'): unknown {
  if (typeof value === 'boolean') return makeInteger(BigInt(value), type);
  if (value instanceof Date && type === 'long') return Long.fromNumber(value.getTime());
  if (typeof value === 'string') {
    if (!/^[-+]?\d+$/.test(value))
      throw failure(`Failed to parse number '${value}' in $convert with no onError value`);
    return inRange(BigInt(value), type);
  }
  if (!isNumeric(value)) return undefined;
  if (value instanceof Long) return inRange(value.toBigInt(), type);
  const number = toNumber(value);
  if (!Number.isFinite(number))
    throw failure(`Attempt to convert ${number} value to integer type in $convert with no onError value`);
  return inRange(BigInt(Math.trunc(number)), type);
}

function inRange(value: bigint, type: 'int' | 'long'): unknown {
  const fits = type === 'int' ? isInt32(Number(value)) : BigInt.asIntN(64, value) === value;
  if (!fits)
    throw failure(`Conversion would overflow target type in $convert with no onError value: ${value}`);
  return makeInteger(value, type);
}

function parseDate(text: string): Date {
  const iso = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[-+]\d\d:?\d\d)?$/.test(text);
  const zoned = /(?:Z|[-+]\d\d:?\d\d)$/.test(text) || text.length === 10 ? text : `${text}Z`;
  const date = iso ? new Date(zoned.replace(' ', 'T')) : new Date(Number.NaN);
  if (Number.isNaN(date.getTime())) throw failure(`Error parsing date string '${text}'`);
  return date;
}

/** @throws CommandError ConversionFailure */
function convert(value: unknown, type: string): unknown {
  if (isMissing(value)) return null;
  const converted = CONVERSIONS_TO[type]?.(value);
  if (converted !== undefined) return converted;
  throw failure(
    `Unsupported conversion from ${typeName(value)} to ${type} in $convert with no onError value`,
  );
}

const to = (name: string, type: string) => fixed(name, [1], ([value]) => convert(value, type));

export const CONVERSIONS: OperatorTable = {
  $type: fixed('$type', [1], ([value]) => typeName(value)),
  $isNumber: fixed('$isNumber', [1], ([value]) => isNumeric(value)),
  $toBool: to('$toBool', 'bool'),
  $toInt: to('$toInt', 'int'),
  $toLong: to('$toLong', 'long'),
  $toDouble: to('$toDouble', 'double'),
  $toDecimal: to('$toDecimal', 'decimal'),
  $toDate: to('$toDate', 'date'),
  $toObjectId: to('$toObjectId', 'objectId'),
  $toString: to('$toString', 'string'),
  $convert: (argument, context) => {
    const {
      input,
      to: target,
      onError,
      onNull,
    } = named('$convert', argument, ['input', 'to'], ['onError', 'onNull']);
    const [source, type] = [context.compile(input), context.compile(target)];
    const failed = onError === undefined ? undefined : context.compile(onError);
    const missing = context.compile(onNull ?? null);
    return (scope) => {
      const value = source(scope);
      if (isMissing(value)) return missing(scope);
      const [name = ''] = typesNamed(type(scope));
      if (!Object.hasOwn(CONVERSIONS_TO, name))
        throw new CommandError('BadValue', `$convert to ${name} is not supported`);
      try {
        return convert(value, name);
      } catch (error) {
        if (failed && error instanceof CommandError) return failed(scope);
        throw error;
      }
    };
  },
};
