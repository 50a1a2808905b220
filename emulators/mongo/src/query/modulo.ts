import { Long } from 'bson';
import { isNumeric, toNumber } from '../bson/numbers.ts';
import { CommandError } from '../errors.ts';

/**
 * The test of `$mod: [divisor, remainder]`; fractions are cut off.
 *
 * @throws CommandError BadValue for anything else
 */
export function moduloTest(argument: unknown): (value: unknown) => boolean {
  if (!Array.isArray(argument)) throw new CommandError('BadValue', 'malformed mod, needs to be an array');
  if (argument.length < 2) throw new CommandError('BadValue', 'malformed mod, not enough elements');
  if (argument.length > 2) throw new CommandError('BadValue', 'malformed mod, too many elements');
  const [divisor, remainder] = argument.map((item) =>
    isNumeric(item) ? Math.trunc(toNumber(item)) : Number.NaN,
  );
  if (divisor === undefined || Number.isNaN(divisor))
    throw new CommandError('BadValue', 'malformed mod, divisor is not a number');
  if (remainder === undefined || Number.isNaN(remainder))
    throw new CommandError('BadValue', 'malformed mod, remainder is not a number');
  if (divisor === 0) throw new CommandError('BadValue', 'divisor cannot be 0');
  const wanted = BigInt(remainder) % BigInt(divisor);
  return (value) => {
    if (value instanceof Long) return value.toBigInt() % BigInt(divisor) === wanted;
    const number = isNumeric(value) ? Math.trunc(toNumber(value)) : Number.NaN;
    return Number.isFinite(number) && BigInt(number % divisor) === wanted;
  };
}
