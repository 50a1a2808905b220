import { Binary } from 'bson';
import { isNumeric, toInteger, toNumber } from '../bson/numbers.ts';
import { typeName } from '../bson/types.ts';
import { CommandError } from '../errors.ts';

/**
 * The bits that an operator such as `$bitsAllSet` asks for: a number, binary data, or a list of positions.
 *
 * @throws CommandError BadValue for anything else
 */
export function maskOf(operator: string, argument: unknown): bigint {
  const single = toInteger(argument);
  if (single !== undefined && single >= 0) return BigInt(single);
  if (argument instanceof Binary) return bytesToBits(argument.buffer.subarray(0, argument.position));
  if (Array.isArray(argument)) {
    let mask = 0n;
    for (const item of argument) {
      const position = toInteger(item);
      if (position === undefined || position < 0)
        throw new CommandError('BadValue', `bit positions must be integers >= 0 in ${operator}`);
      mask |= 1n << BigInt(position);
    }
    return mask;
  }
  throw new CommandError(
    'BadValue',
    `${operator} takes an Array, a number, or a BinData but received: ${typeName(argument)}`,
  );
}

/** The bits of a number that is whole, or of binary data; undefined for what has none. */
export function bitsOf(value: unknown): bigint | undefined {
  if (value instanceof Binary) return bytesToBits(value.buffer.subarray(0, value.position));
  if (!isNumeric(value)) return undefined;
  const text = String(value);
  const number = toNumber(value);
  if (!Number.isInteger(number)) return undefined;
  return BigInt.asUintN(512, /^-?\d+$/.test(text) ? BigInt(text) : BigInt(number));
}

/** The first byte holds the lowest bits. */
function bytesToBits(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}
