import { Decimal128, Double, Int32, Long } from 'bson';
import { CommandError } from '../errors.ts';
import { makeDouble } from './decode.ts';

/** A number in the forms it is kept in; see `decode.ts`. */
export type Numeric = number | Double | Long | Decimal128;
export type NumberType = 'int' | 'long' | 'double' | 'decimal';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

export function isNumeric(value: unknown): value is Numeric {
  return (
    typeof value === 'number' ||
    value instanceof Double ||
    (value instanceof Long && value._bsontype === 'Long') ||
    value instanceof Decimal128 ||
    value instanceof Int32
  );
}

export function numberType(value: Numeric): NumberType {
  if (value instanceof Decimal128) return 'decimal';
  if (value instanceof Long) return 'long';
  if (value instanceof Double) return 'double';
  return isInt32(Number(value)) ? 'int' : 'double';
}

/** The nearest JavaScript number. */
export function toNumber(value: Numeric): number {
  if (typeof value === 'number') return value;
  if (value instanceof Long) return value.toNumber();
  if (value instanceof Decimal128) return decimalToNumber(value);
  return value.value;
}

/** The whole number in a command's field such as `limit`, or undefined where it is none. */
export function toInteger(value: unknown): number | undefined {
  if (!isNumeric(value)) return undefined;
  const number = toNumber(value);
  return Number.isInteger(number) ? number : undefined;
}

/** Whether MongoDB takes a value for true: everything but false, null, missing and zero. */
export function isTruthy(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return !isNumeric(value) || toNumber(value) !== 0;
}

export const add = (a: Numeric, b: Numeric) => arithmetic(a, b, '+');
export const multiply = (a: Numeric, b: Numeric) => arithmetic(a, b, '*');

/** An int where it fits into 32 bits and `least` allows it, else a long. */
export function makeInteger(value: bigint, least: 'int' | 'long'): number | Long {
  if (value < INT64_MIN || value > INT64_MAX) {
    throw new CommandError('BadValue', `Failed to apply the operation: ${value} does not fit into a long`);
  }
  return least === 'int' && isInt32(Number(value)) ? Number(value) : Long.fromBigInt(value);
}

/** The type of a result is the widest of its operands: int, long, double, decimal; an int that overflows becomes a long. */
function arithmetic(a: Numeric, b: Numeric, operator: '+' | '*'): Numeric {
  if (typeof a === 'number' && typeof b === 'number' && !(isInt32(a) && isInt32(b))) {
    return makeDouble(operator === '+' ? a + b : a * b);
  }
  const types = [numberType(a), numberType(b)];
  if (types.includes('decimal')) return decimalArithmetic(a, b, operator);
  if (types.includes('double')) {
    return makeDouble(operator === '+' ? toNumber(a) + toNumber(b) : toNumber(a) * toNumber(b));
  }
  const [x, y] = [toBigInt(a), toBigInt(b)];
  return makeInteger(operator === '+' ? x + y : x * y, types.includes('long') ? 'long' : 'int');
}

const toBigInt = (value: Numeric) => (value instanceof Long ? value.toBigInt() : BigInt(toNumber(value)));

export const isInt32 = (value: number) =>
  Number.isInteger(value) && value >= -(2 ** 31) && value <= 2 ** 31 - 1 && !Object.is(value, -0);

/** A finite decimal number as `digits × 10^exponent`. */
export interface Decimal {
  digits: bigint;
  exponent: number;
}

/** A number's exact value, or undefined for infinities and NaN. */
export function exactDecimal(value: Numeric): Decimal | undefined {
  if (value instanceof Long) return { digits: value.toBigInt(), exponent: 0 };
  if (value instanceof Decimal128) return parseDecimal(value.toString());
  return exactDouble(toNumber(value));
}

function exactDouble(value: number): Decimal | undefined {
  if (!Number.isFinite(value)) return undefined;
  let [digits, exponent] = [value, 0];
  while (!Number.isInteger(digits)) {
    digits *= 2;
    exponent -= 1;
  }
  // value = digits / 2^-exponent = digits × 5^-exponent × 10^exponent
  return { digits: BigInt(digits) * 5n ** BigInt(-exponent), exponent };
}

function parseDecimal(text: string): Decimal | undefined {
  const parts = /^([-+]?)(\d*)\.?(\d*)(?:E([-+]?\d+))?$/i.exec(text);
  if (!parts) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  return {
    digits: BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`),
    exponent: Number(exponent) - fraction.length,
  };
}

/** The difference of two exact numbers. */
export function subtractDecimals(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  const scaled = (x: Decimal) => x.digits * 10n ** BigInt(x.exponent - exponent);
  return { digits: scaled(a) - scaled(b), exponent };
}

function decimalToNumber(value: Decimal128): number {
  const text = value.toString();
  return text.endsWith('Infinity') ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);
}

function decimalArithmetic(a: Numeric, b: Numeric, operator: '+' | '*'): Decimal128 {
  const [x, y] = [toDecimal(a), toDecimal(b)];
  if (!x || !y) {
    const result = operator === '+' ? toNumber(a) + toNumber(b) : toNumber(a) * toNumber(b);
    return Decimal128.fromString(String(result));
  }
  if (operator === '*')
    return makeDecimal({ digits: x.digits * y.digits, exponent: x.exponent + y.exponent });
  const minus = { digits: -y.digits, exponent: y.exponent };
  return makeDecimal(subtractDecimals(x, minus));
}

/** A double counts in decimal arithmetic with the 15 digits that it surely has, as MongoDB converts it. */
function toDecimal(value: Numeric): Decimal | undefined {
  if (value instanceof Decimal128 || value instanceof Long) return exactDecimal(value);
  const number = toNumber(value);
  if (Number.isInteger(number)) return { digits: BigInt(number), exponent: 0 };
  return Number.isFinite(number) ? parseDecimal(number.toPrecision(15)) : undefined;
}

const DECIMAL_DIGITS = 34;

/** A Decimal128, rounded to its 34 digits, half to even. */
function makeDecimal({ digits, exponent }: Decimal): Decimal128 {
  const surplus = String(digits < 0n ? -digits : digits).length - DECIMAL_DIGITS;
  if (surplus <= 0) return Decimal128.fromString(`${digits}E${exponent}`);
  const divisor = 10n ** BigInt(surplus);
  const [quotient, rest] = [digits / divisor, digits % divisor];
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const up = twice > divisor || (twice === divisor && quotient % 2n !== 0n);
  const rounded = up ? quotient + (digits < 0n ? -1n : 1n) : quotient;
  return Decimal128.fromString(`${rounded}E${exponent + surplus}`);
}
