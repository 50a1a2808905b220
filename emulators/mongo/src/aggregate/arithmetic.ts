import { Decimal128, Long } from 'bson';
import { makeDouble } from '../bson/decode.ts';
import {
  add,
  isNumeric,
  makeInteger,
  multiply,
  type Numeric,
  numberType,
  toNumber,
} from '../bson/numbers.ts';
import { typeName } from '../bson/types.ts';
import { CommandError, notSupported } from '../errors.ts';
import { fixed, isMissing, type Operator, type OperatorTable, variadic } from './operator.ts';

export const ARITHMETIC: OperatorTable = {
  $add: variadic((values) => sum('$add', values)),
  $subtract: fixed('$subtract', [2], ([a, b]) => {
    if (isMissing(a) || isMissing(b)) return null;
    if (a instanceof Date && b instanceof Date) return Long.fromNumber(a.getTime() - b.getTime());
    if (a instanceof Date && isNumeric(b)) return new Date(a.getTime() - toNumber(b));
    return add(numeric('$subtract', a), multiply(numeric('$subtract', b), -1));
  }),
  $multiply: variadic((values) =>
    values.some(isMissing) ? null : values.map((value) => numeric('$multiply', value)).reduce(multiply, 1),
  ),
  $divide: fixed('$divide', [2], ([a, b]) => {
    if (isMissing(a) || isMissing(b)) return null;
    const [x, y] = [plain('$divide', a), plain('$divide', b)];
    if (y === 0) throw new CommandError('BadValue', "can't $divide by zero");
    return makeDouble(x / y);
  }),
  $mod: fixed('$mod', [2], ([a, b]) => {
    if (isMissing(a) || isMissing(b)) return null;
    const [x, y] = [plain('$mod', a), plain('$mod', b)];
    if (y === 0) throw new CommandError(16610, "can't $mod by zero");
    if (a instanceof Long || b instanceof Long) return makeInteger(toBigInt(a) % toBigInt(b), 'long');
    return sameType(x % y, [a as Numeric, b as Numeric]);
  }),
  $abs: onNumber('$abs', (value) =>
    value instanceof Long
      ? value.isNegative()
        ? value.negate()
        : value
      : sameType(Math.abs(toNumber(value)), [value]),
  ),
  $ceil: onNumber('$ceil', (value) => whole(value, Math.ceil)),
  $floor: onNumber('$floor', (value) => whole(value, Math.floor)),
  $round: places('$round', (value) => {
    const down = Math.floor(value);
    const rest = value - down;
    if (rest !== 0.5) return Math.round(value);
    return down % 2 === 0 ? down : down + 1;
  }),
  $trunc: places('$trunc', Math.trunc),
  $sqrt: onNumber('$sqrt', (value) =>
    double('$sqrt', value, (x) => {
      if (x < 0) throw new CommandError(28714, "$sqrt's argument must be greater than or equal to 0");
      return Math.sqrt(x);
    }),
  ),
  $exp: onNumber('$exp', (value) => double('$exp', value, Math.exp)),
  $ln: onNumber('$ln', (value) => double('$ln', value, positive('$ln', 28766, Math.log))),
  $log10: onNumber('$log10', (value) => double('$log10', value, positive('$log10', 28761, Math.log10))),
  $log: fixed('$log', [2], ([a, base]) => {
    if (isMissing(a) || isMissing(base)) return null;
    const [x, y] = [plain('$log', a), plain('$log', base)];
    if (!(x > 0)) throw new CommandError(28758, "$log's argument must be a positive number");
    if (!(y > 0) || y === 1)
      throw new CommandError(28759, "$log's base must be a positive number not equal to 1");
    return makeDouble(Math.log(x) / Math.log(y));
  }),
  $pow: fixed('$pow', [2], ([a, b]) => {
    if (isMissing(a) || isMissing(b)) return null;
    const [x, y] = [plain('$pow', a), plain('$pow', b)];
    if (x === 0 && y < 0)
      throw new CommandError(28764, '$pow cannot take a base of 0 and a negative exponent');
    return y >= 0 ? sameType(x ** y, [a as Numeric, b as Numeric]) : makeDouble(x ** y);
  }),
};

/** Adds numbers, and at most one date. */
function sum(name: string, values: unknown[]): unknown {
  if (values.some(isMissing)) return null;
  const dates = values.filter((value) => value instanceof Date);
  if (dates.length > 1) throw new CommandError(16612, 'only one date allowed in an $add expression');
  const total = values
    .filter((value) => !(value instanceof Date))
    .map((value) => numeric(name, value))
    .reduce(add, 0);
  return dates[0] ? new Date(dates[0].getTime() + toNumber(total)) : total;
}

function numeric(name: string, value: unknown): Numeric {
  if (isNumeric(value)) return value;
  throw new CommandError(
    'TypeMismatch',
    `${name} only supports numeric or date types, not ${typeName(value)}`,
  );
}

/** A number for operators that have no decimal form here. */
export function plain(name: string, value: unknown): number {
  const number = numeric(name, value);
  if (number instanceof Decimal128) throw notSupported(`${name} of a decimal`);
  return toNumber(number);
}

/** A result in the widest type of the numbers it was made from. */
function sameType(result: number, from: readonly Numeric[]): Numeric {
  const types = from.map(numberType);
  if (types.includes('double')) return makeDouble(result);
  if (!Number.isSafeInteger(result)) return makeDouble(result);
  return makeInteger(BigInt(result), types.includes('long') ? 'long' : 'int');
}

const toBigInt = (value: unknown) =>
  value instanceof Long ? value.toBigInt() : BigInt(Math.trunc(toNumber(value as Numeric)));

function onNumber(name: string, apply: (value: Numeric) => unknown): Operator {
  return fixed(name, [1], ([value]) => {
    if (isMissing(value)) return null;
    const number = numeric(name, value);
    plain(name, number);
    return apply(number);
  });
}

const double = (name: string, value: Numeric, apply: (x: number) => number) =>
  makeDouble(apply(plain(name, value)));

const positive = (name: string, code: number, apply: (x: number) => number) => (x: number) => {
  if (x > 0) return apply(x);
  throw new CommandError(code, `${name}'s argument must be a positive number, but is ${x}`);
};

const whole = (value: Numeric, round: (x: number) => number) =>
  numberType(value) === 'double' ? makeDouble(round(toNumber(value))) : value;

/** `$round` and `$trunc`, to so many decimal places. */
function places(name: string, round: (x: number) => number): Operator {
  return fixed(name, [1, 2], ([value, digits = 0]) => {
    if (isMissing(value) || isMissing(digits)) return null;
    const [x, n] = [plain(name, value), plain(name, digits)];
    if (!Number.isInteger(n) || n < -20 || n > 100)
      throw new CommandError(51083, `cannot apply ${name} with precision value ${n}`);
    const shifted = round(Number(`${x}e${n}`));
    const result = Number.isFinite(shifted) ? Number(`${shifted}e${-n}`) : x;
    return Number.isFinite(x) ? sameType(result, [value as Numeric]) : value;
  });
}
