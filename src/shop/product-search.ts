/**
 * What MongoDB's `$search` takes for "all of these words". Each word is quoted, because unquoted ones are joined by "or"
 * and a leading `-` would exclude.
 *
 * @returns undefined where the query holds no word: nothing can match
 */
export function allWords(query: string): string | undefined {
  const words = query.match(/[\p{L}\p{M}\p{N}]+/gu);
  return words?.map((word) => `"${word}"`).join(' ');
}
