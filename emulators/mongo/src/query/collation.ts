import { type Document, isDocument } from '../bson/document.ts';
import { toInteger } from '../bson/numbers.ts';
import type { Fold } from '../bson/order.ts';
import { CommandError, notSupported } from '../errors.ts';

/** How strings are compared where a collation is asked for. */
export interface Collation {
  spec: Document;
  compare(a: string, b: string): number;
  /** Gives two strings the same form exactly when the collation calls them equal. */
  fold: Fold;
}

const OPTIONS = new Set([
  'locale',
  'strength',
  'caseLevel',
  'caseFirst',
  'numericOrdering',
  'alternate',
  'maxVariable',
  'normalization',
  'backwards',
  'version',
]);

/**
 * Reads a collation document; undefined for none and for the locale `simple`.
 *
 * @throws CommandError for one that is malformed or has options that are not supported
 */
export function collationOf(given: unknown): Collation | undefined {
  if (given === undefined || given === null) return undefined;
  if (!isDocument(given)) throw new CommandError('TypeMismatch', 'collation must be an object');
  for (const option of Object.keys(given)) {
    if (!OPTIONS.has(option))
      throw new CommandError('IDLUnknownField', `BSON field 'collation.${option}' is an unknown field.`);
  }
  const { locale, strength = 3, caseLevel, numericOrdering, alternate, backwards, caseFirst } = given;
  if (typeof locale !== 'string') {
    throw new CommandError(
      'IDLFailedToParse',
      "BSON field 'collation.locale' is missing but a required field",
    );
  }
  if (locale === 'simple') return undefined;
  if (caseLevel || backwards || (alternate ?? 'non-ignorable') !== 'non-ignorable') {
    throw notSupported("a collation with 'caseLevel', 'alternate' or 'backwards'");
  }
  const level = toInteger(strength) ?? 0;
  if (level < 1 || level > 5)
    throw new CommandError(
      'BadValue',
      `Enumeration value '${String(strength)}' for field 'collation.strength' is not a valid value.`,
    );
  const collator = makeCollator(locale, level, numericOrdering === true, caseFirst);
  return {
    spec: given,
    compare: collator.compare,
    fold: makeFold(level, numericOrdering === true),
  };
}

function makeCollator(locale: string, level: number, numeric: boolean, caseFirst: unknown): Intl.Collator {
  const sensitivity = level === 1 ? 'base' : level === 2 ? 'accent' : 'variant';
  const first = caseFirst === 'upper' || caseFirst === 'lower' ? caseFirst : 'false';
  try {
    return new Intl.Collator(locale.replace('_', '-'), { sensitivity, numeric, caseFirst: first });
  } catch {
    throw new CommandError('BadValue', `Field 'locale' is invalid in: { locale: "${locale}" }`);
  }
}

function makeFold(level: number, numeric: boolean): Fold {
  return (text) => {
    let folded = text.normalize('NFD');
    if (level === 1) folded = folded.replace(/\p{M}/gu, '');
    if (level <= 2) folded = folded.toUpperCase().toLowerCase();
    return numeric ? folded.replace(/(?<!\d)0+(?=\d)/g, '') : folded;
  };
}

/** Whether two collations, as parsed, are the same. */
export const sameCollation = (a: Collation | undefined, b: Collation | undefined) =>
  JSON.stringify(normal(a)) === JSON.stringify(normal(b));

const normal = (collation: Collation | undefined) =>
  collation && [
    collation.spec['locale'],
    toInteger(collation.spec['strength'] ?? 3),
    collation.spec['numericOrdering'] === true,
  ];
