import { BSONSymbol } from 'bson';
import { isNumeric, toInteger } from '../bson/numbers.ts';
import { typeName } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { namedArguments } from './named-arguments.ts';
import { fixed, isMissing, type Operator, type OperatorTable, variadic } from './operator.ts';

const WHITESPACE =
  '\0\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a';

/** Operators on text. Positions count bytes of UTF-8 (`…Bytes`) or code points (`…CP`). */
export const TEXT: OperatorTable = {
  $concat: variadic((parts) => {
    const wrong = parts.find((part) => !isMissing(part) && typeof part !== 'string');
    if (wrong !== undefined)
      throw new CommandError(16702, `$concat only supports strings, not ${typeName(wrong)}`);
    return parts.some(isMissing) ? null : parts.join('');
  }),
  $toLower: fixed('$toLower', [1], ([text]) =>
    textOf(text).replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  ),
  $toUpper: fixed('$toUpper', [1], ([text]) => upper(textOf(text))),
  $strcasecmp: fixed('$strcasecmp', [2], ([a, b]) => {
    const [x, y] = [upper(textOf(a)), upper(textOf(b))];
    return x < y ? -1 : x > y ? 1 : 0;
  }),
  $strLenBytes: fixed('$strLenBytes', [1], ([text]) =>
    Buffer.byteLength(stringOf('$strLenBytes', 34473, text)),
  ),
  $strLenCP: fixed('$strLenCP', [1], ([text]) => [...stringOf('$strLenCP', 34471, text)].length),
  $substr: substringOfBytes('$substr'),
  $substrBytes: substringOfBytes('$substrBytes'),
  $substrCP: fixed('$substrCP', [3], ([text, start, length]) => {
    const [from, count] = [toInteger(start), toInteger(length)];
    if (from === undefined) throw new CommandError(34450, '$substrCP: starting index must be a whole number');
    if (count === undefined) throw new CommandError(34452, '$substrCP: length must be a whole number');
    if (count < 0) throw new CommandError(34454, '$substrCP: length must be a nonnegative integer.');
    if (from < 0) throw new CommandError(34455, '$substrCP: the starting index must be nonnegative integer.');
    return [...textOf(text)].slice(from, from + count).join('');
  }),
  $indexOfBytes: finding('$indexOfBytes', 40091, (text) => Buffer.byteLength(text)),
  $indexOfCP: finding('$indexOfCP', 40093, (text) => [...text].length),
  $split: fixed('$split', [2], ([text, separator]) => {
    if (isMissing(text) || isMissing(separator)) return null;
    const by = stringOf('$split', 40086, separator);
    if (by === '') throw new CommandError(40087, '$split requires a non-empty separator');
    return stringOf('$split', 40085, text).split(by);
  }),
  $trim: trimming('$trim', true, true),
  $ltrim: trimming('$ltrim', true, false),
  $rtrim: trimming('$rtrim', false, true),
  $replaceOne: replacing('$replaceOne', (text, find, replacement) => text.replace(find, () => replacement)),
  $replaceAll: replacing('$replaceAll', (text, find, replacement) =>
    text.replaceAll(find, () => replacement),
  ),
};

/** Only the letters of ASCII have two cases here, as MongoDB has it. */
const upper = (text: string) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

/** Text as it is, numbers and dates as they are written, and nothing for what is missing. */
function textOf(value: unknown): string {
  if (isMissing(value)) return '';
  if (typeof value === 'string') return value;
  if (isNumeric(value)) return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof BSONSymbol) return value.value;
  throw new CommandError(16007, `can't convert from BSON type ${typeName(value)} to String`);
}

function stringOf(name: string, code: number, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new CommandError(code, `${name} requires a string argument, found: ${typeName(value)}`);
}

function substringOfBytes(name: string): Operator {
  return fixed(name, [3], ([text, start, length]) => {
    const [from, count] = [toInteger(start), toInteger(length)];
    if (from === undefined) throw new CommandError(16034, `${name}: starting index must be a whole number`);
    if (count === undefined) throw new CommandError(16035, `${name}: length must be a whole number`);
    if (from < 0)
      throw new CommandError(50752, `${name}: starting index must be non-negative (got: ${from})`);
    const bytes = Buffer.from(textOf(text));
    const end = count < 0 ? bytes.length : Math.min(bytes.length, from + count);
    const within = (at: number) => at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80;
    if (within(from))
      throw new CommandError(28656, `${name}: Invalid range, starting index is a UTF-8 continuation byte.`);
    if (within(end))
      throw new CommandError(
        28657,
        `${name}: Invalid range, ending index is in the middle of a UTF-8 character.`,
      );
    return bytes.toString('utf8', Math.min(from, bytes.length), end);
  });
}

/** The first place of a text within a part of another, or -1. */
function finding(name: string, code: number, measure: (text: string) => number): Operator {
  return fixed(name, [2, 3, 4], ([text, sought, start = 0, end]) => {
    if (isMissing(text)) return null;
    const whole = stringOf(name, code, text);
    const part = stringOf(name, code + 1, sought);
    const [from, to] = [toInteger(start), end === undefined ? measure(whole) : toInteger(end)];
    if (from === undefined || to === undefined)
      throw new CommandError(40096, `${name} requires integral indexes`);
    if (from < 0 || to < 0) throw new CommandError(40097, `${name} requires nonnegative indexes`);
    for (let at = whole.indexOf(part); at >= 0; at = whole.indexOf(part, at + 1)) {
      const place = measure(whole.slice(0, at));
      if (place >= from) return place + measure(part) <= to ? place : -1;
      if (at >= whole.length) break;
    }
    return -1;
  });
}

function trimming(name: string, left: boolean, right: boolean): Operator {
  return namedArguments(name, ['input'], ['chars'], ({ input, ...rest }) => {
    const chars = Object.hasOwn(rest, 'chars') ? rest['chars'] : WHITESPACE;
    if (isMissing(input) || isMissing(chars)) return null;
    const points = [...stringOf(name, 50699, input)];
    const off = new Set(stringOf(name, 50700, chars));
    let [from, to] = [0, points.length];
    while (left && from < to && off.has(points[from] as string)) from++;
    while (right && from < to && off.has(points[to - 1] as string)) to--;
    return points.slice(from, to).join('');
  });
}

function replacing(
  name: string,
  replace: (text: string, find: string, replacement: string) => string,
): Operator {
  return namedArguments(name, ['input', 'find', 'replacement'], [], ({ input, find, replacement }) => {
    for (const [code, value] of [
      [51746, input],
      [51745, find],
      [51744, replacement],
    ] as const)
      if (!isMissing(value)) stringOf(name, code, value);
    if (isMissing(input) || isMissing(find) || isMissing(replacement)) return null;
    return replace(String(input), String(find), String(replacement));
  });
}
