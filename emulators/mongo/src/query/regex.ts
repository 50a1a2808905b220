import { isRegex } from '../bson/document.ts';
import { regexParts } from '../bson/order.ts';
import { CommandError } from '../errors.ts';

const INLINE = /^\(\?([imsx]+)\)/;

/**
 * A JavaScript regular expression for one of PCRE's.
 *
 * @throws CommandError where JavaScript cannot run it
 */
export function compileRegex(pattern: string, options: string): RegExp {
  const bad = [...options].find((option) => !'imsxu'.includes(option));
  if (bad !== undefined) throw new CommandError(51108, ` invalid flag in regex options: ${bad}`);
  const inline = INLINE.exec(pattern);
  let source = inline ? pattern.slice(inline[0].length) : pattern;
  const flags = new Set(`${options}${inline?.[1] ?? ''}`);
  if (flags.has('x'))
    source = source.replace(/\\.|\[(?:\\.|[^\]])*\]|\s+|#.*$/gm, (token) =>
      /^[\s#]/.test(token) ? '' : token,
    );
  flags.delete('x');
  source = source
    .replace(/\\A/g, '^')
    .replace(/\\[zZ]/g, '$')
    .replace(/\(\?P</g, '(?<');
  try {
    return new RegExp(source, [...flags].join(''));
  } catch (error) {
    throw new CommandError(51091, `Regular expression is invalid: ${(error as Error).message}`);
  }
}

/** A test for what a regular expression in a filter matches: strings, and the same regular expression. */
export function regexTest(value: unknown): (candidate: unknown) => boolean {
  const { pattern, options } = regexParts(value);
  const regex = compileRegex(pattern, options);
  return (candidate) => {
    if (typeof candidate === 'string') return regex.test(candidate);
    if (!isRegex(candidate)) return false;
    const other = regexParts(candidate);
    return other.pattern === pattern && other.options === options;
  };
}

/** The text that whatever a regular expression matches begins with, where that can be read from it. */
export function literalPrefix(pattern: string, options: string): string | undefined {
  if (options.includes('i') || options.includes('x') || options.includes('m') || INLINE.test(pattern))
    return undefined;
  const [, literal, next] = /^\^([\p{L}\p{N} _@:/,;-]+)(.?)/u.exec(pattern) ?? [];
  if (literal === undefined || pattern.includes('|')) return undefined;
  return next && '*?{'.includes(next) ? literal.slice(0, -1) || undefined : literal;
}
