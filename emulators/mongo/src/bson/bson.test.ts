import fc from 'fast-check';
import { BSON, Double, Long } from 'mongodb';
import { expect, test } from 'vitest';
import { VALUES } from '../../test/cases/values.ts';
import { CommandError } from '../errors.ts';
import { decode, decodeFields } from './decode.ts';
import { encode } from './encode.ts';
import { compare } from './order.ts';

test.each(VALUES)('%s is written as it was read', (_title, _type, value) => {
  const bytes = BSON.serialize({ value });
  expect(Buffer.from(encode(decode(bytes)))).toEqual(Buffer.from(bytes));
});

test.each(VALUES)('%s is passed over where another field is asked for', (_title, _type, value) => {
  const bytes = BSON.serialize({ before: value, kept: 'k', last: value });
  expect(decodeFields(bytes, new Set(['kept', 'missing']))).toEqual({ kept: 'k' });
});

test('a field named __proto__ is a field like any other', () => {
  const bytes = BSON.serialize({ a: 1 });
  const hostile = Buffer.concat([
    Buffer.from([24, 0, 0, 0, 3]),
    Buffer.from('__proto__\0'),
    Buffer.from([5, 0, 0, 0, 0]),
    Buffer.from([10, 120, 0, 0]),
  ]);
  hostile.writeInt32LE(hostile.length, 0);
  const document = decode(hostile);
  expect(Object.getPrototypeOf(document)).toBe(Object.prototype);
  expect(Object.keys(document)).toEqual(['__proto__', 'x']);
  expect(decode(bytes)).toEqual({ a: 1 });
});

test('bytes that are no document are refused, whatever they are', () => {
  const sound = Buffer.from(
    BSON.serialize({
      a: 1,
      b: 'text',
      c: [1, { d: new Date(0) }],
      e: Buffer.from('x'),
      f: /r/i,
      g: Long.MAX_VALUE,
    }),
  );
  fc.assert(
    fc.property(fc.nat(sound.length - 1), fc.nat(255), fc.nat(sound.length), (at, byte, length) => {
      const broken = Buffer.from(sound.subarray(0, Math.max(length, 4)));
      broken[at % broken.length] = byte;
      try {
        decode(broken);
      } catch (error) {
        expect(error).toBeInstanceOf(CommandError);
        expect((error as CommandError).codeName).toMatch(/InvalidBSON|Overflow/);
      }
    }),
    { numRuns: 2000 },
  );
});

const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 2 },
    fc.integer(),
    fc.double(),
    fc.double().map((n) => new Double(n)),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => Long.fromBigInt(n)),
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.constant(null),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 3 }), tie('any'), { maxKeys: 3 }),
  ),
})).any;

test('the order of values is a total order', () => {
  fc.assert(
    fc.property(value, value, value, (a, b, c) => {
      expect(compare(a, a)).toBe(0);
      expect(Math.sign(compare(a, b))).toBe(0 - Math.sign(compare(b, a)));
      if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 3000 },
  );
});
