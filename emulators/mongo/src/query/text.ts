import { type Document, isDocument } from '../bson/document.ts';
import { parsePath, someAt } from '../bson/path.ts';
import { CommandError } from '../errors.ts';

/** How well a document fits a search: 0 for not at all. */
export type TextScore = (document: Document) => number;

/**
 * Compiles a `$text` search: words (any of them), "phrases" (all of them) and -words (none of them), with the endings of
 * English words cut. Coarser than MongoDB's stemmer, and without its lists of stop words for other languages.
 *
 * @throws CommandError IndexNotFound where the collection has no text index
 */
export function compileText(argument: unknown, fields: readonly string[] | undefined): TextScore {
  if (!fields) throw new CommandError('IndexNotFound', 'text index required for $text query');
  if (!isDocument(argument) || typeof argument['$search'] !== 'string') {
    throw new CommandError('TypeMismatch', 'Expected field "$search" to be a string in $text');
  }
  const search = argument['$search'];
  const phrases = [...search.matchAll(/"([^"]+)"/g)].map(([, phrase = '']) => plain(phrase));
  const unwanted = new Set([...search.matchAll(/(?:^|\s)-(\S+)/g)].flatMap(([, word = '']) => stems(word)));
  const wanted = new Set(stems(search.replace(/(?:^|\s)-\S+/g, ' ')));
  const paths = fields.map((field) => (field === '$**' ? undefined : parsePath(field)));
  return (document) => {
    const texts = paths.flatMap((path) => (path ? textsAt(document, path) : allTexts(document)));
    const words = texts.flatMap(stems);
    if (words.some((word) => unwanted.has(word))) return 0;
    if (!phrases.every((phrase) => texts.some((text) => plain(text).includes(phrase)))) return 0;
    const hits = words.filter((word) => wanted.has(word)).length;
    return hits === 0 ? 0 : hits * (0.5 + 0.5 / words.length);
  };
}

function textsAt(document: Document, path: readonly string[]): string[] {
  const texts: string[] = [];
  someAt(
    document,
    path,
    (value) => {
      if (typeof value === 'string') texts.push(value);
      return false;
    },
    true,
  );
  return texts;
}

function allTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(allTexts);
  return isDocument(value) ? Object.values(value).flatMap(allTexts) : [];
}

const plain = (text: string) => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
const stems = (text: string) =>
  (plain(text).match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !STOP_WORDS.has(word)).map(stem);

function stem(word: string): string {
  if (word.length <= 3) return word;
  return word
    .replace(/ies$/, 'y')
    .replace(/(?:ing|ed|es|s)$/, '')
    .replace(/e$/, '');
}

/** The words that an English text index leaves out. */
const STOP_WORDS = new Set(
  'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with'.split(
    ' ',
  ),
);
