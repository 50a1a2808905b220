import { type Document, isDocument, isEmpty } from '../bson/document.ts';
import { isNumeric, isTruthy, toNumber } from '../bson/numbers.ts';
import { orderKey } from '../bson/order.ts';
import { CommandError, notSupported } from '../errors.ts';
import { collationOf } from '../query/collation.ts';

/** An index as `createIndexes` declares and `listIndexes` shows it. */
export interface IndexSpec extends Document {
  v: number;
  key: Document;
  name: string;
}

const OPTIONS = new Set([
  'v',
  'key',
  'name',
  'unique',
  'sparse',
  'expireAfterSeconds',
  'partialFilterExpression',
  'collation',
  'hidden',
  'background',
  'weights',
  'default_language',
  'language_override',
  'textIndexVersion',
  'ns',
]);
const UNSUPPORTED_KINDS = ['2d', '2dsphere', 'geoHaystack', 'columnstore'];

/** The index that every collection has. */
export const ID_INDEX: IndexSpec = { v: 2, key: { _id: 1 }, name: '_id_' };

/**
 * Checks an index as a client asks for it.
 *
 * @throws CommandError for what MongoDB refuses, and for kinds of index that are not supported
 */
export function parseIndexSpec(given: unknown): IndexSpec {
  if (!isDocument(given)) throw new CommandError('TypeMismatch', 'an index must be described by an object');
  const { key, name } = given;
  if (!isDocument(key))
    throw new CommandError(
      'FailedToParse',
      "The 'key' field is a required property of an index specification",
    );
  if (isEmpty(key)) throw new CommandError('CannotCreateIndex', 'Index keys cannot be an empty object');
  for (const option of Object.keys(given)) {
    if (OPTIONS.has(option)) continue;
    throw new CommandError(
      'InvalidOptions',
      `The field '${option}' is not valid for an index specification. Specification: ${JSON.stringify(given)}`,
    );
  }
  for (const [field, kind] of Object.entries(key)) checkKey(field, kind);
  checkOptions(given, key);
  const { ns: _ns, background: _background, ...options } = given;
  const flags = Object.fromEntries(
    Object.entries(options).filter(
      ([option, value]) => !['unique', 'sparse', 'hidden'].includes(option) || isTruthy(value),
    ),
  );
  return { ...flags, ...textDefaults(key, given), v: 2, key, name: String(name ?? defaultName(key)) };
}

function checkKey(field: string, kind: unknown): void {
  if (field === '') throw new CommandError('CannotCreateIndex', 'Index keys cannot contain an empty field.');
  if (typeof kind === 'string') {
    if (kind === 'text' || kind === 'hashed') return;
    if (UNSUPPORTED_KINDS.includes(kind)) throw notSupported(`an index of kind '${kind}'`);
    throw new CommandError('CannotCreateIndex', `Unknown index plugin '${kind}'`);
  }
  if (field.includes('$**')) throw notSupported('a wildcard index');
  if (field.split('.').some((part) => part.startsWith('$') && !['$id', '$ref', '$db'].includes(part))) {
    throw new CommandError(
      'CannotCreateIndex',
      `Index key contains an illegal field name: field name starts with '$'.`,
    );
  }
  if (!isNumeric(kind)) {
    throw new CommandError(
      'CannotCreateIndex',
      'Values in v:2 index key pattern cannot be of type ' +
        (kind === null ? 'null' : typeof kind) +
        '. Only numbers > 0, numbers < 0, and strings are allowed.',
    );
  }
  if (toNumber(kind) === 0 || Number.isNaN(toNumber(kind))) {
    throw new CommandError('CannotCreateIndex', 'Values in the index key pattern cannot be 0.');
  }
}

function checkOptions(given: Document, key: Document): void {
  const { expireAfterSeconds, partialFilterExpression, sparse, unique, hidden } = given;
  collationOf(given['collation']);
  const onId = Object.keys(key).length === 1 && Object.hasOwn(key, '_id') && isNumeric(key['_id']);
  if (
    onId &&
    (unique !== undefined ||
      sparse !== undefined ||
      expireAfterSeconds !== undefined ||
      partialFilterExpression !== undefined ||
      hidden !== undefined)
  ) {
    throw new CommandError(
      'InvalidIndexSpecificationOption',
      `The field '${Object.keys(given).find((option) => ['unique', 'sparse', 'expireAfterSeconds', 'partialFilterExpression', 'hidden'].includes(option))}' is not valid for an _id index specification. Specification: ${JSON.stringify(given)}`,
    );
  }
  if (partialFilterExpression !== undefined && !isDocument(partialFilterExpression)) {
    throw new CommandError('TypeMismatch', "The field 'partialFilterExpression' must be an object");
  }
  if (partialFilterExpression !== undefined && isTruthy(sparse)) {
    throw new CommandError('CannotCreateIndex', "cannot mix 'partialFilterExpression' and 'sparse' options");
  }
  if (expireAfterSeconds === undefined) return;
  if (!isNumeric(expireAfterSeconds)) {
    throw new CommandError('CannotCreateIndex', "TTL index 'expireAfterSeconds' option must be numeric");
  }
  if (toNumber(expireAfterSeconds) < 0) {
    throw new CommandError(
      'CannotCreateIndex',
      "TTL index 'expireAfterSeconds' option cannot be less than 0",
    );
  }
  if (Object.keys(key).length > 1) {
    throw new CommandError(
      'CannotCreateIndex',
      'TTL indexes are single-field indexes, compound indexes do not support TTL',
    );
  }
}

function textDefaults(key: Document, given: Document): Document {
  const fields = textFields(key);
  if (!fields) return {};
  const weights = isDocument(given['weights']) ? given['weights'] : {};
  return {
    weights: { ...Object.fromEntries(fields.map((field) => [field, 1])), ...weights },
    default_language: given['default_language'] ?? 'english',
    language_override: given['language_override'] ?? 'language',
    textIndexVersion: 3,
  };
}

/** The fields that a text index covers, or undefined where it is none. */
export function textFields(key: Document): string[] | undefined {
  const fields = Object.keys(key).filter((field) => key[field] === 'text');
  return fields.length > 0 ? fields : undefined;
}

const defaultName = (key: Document) =>
  Object.entries(key)
    .map(([field, kind]) => `${field}_${String(kind)}`)
    .join('_');

/** Whether two indexes have the same key pattern, order of the fields included. */
export const sameKey = (a: Document, b: Document) => orderKey(a) === orderKey(b);

/** Whether two descriptions ask for the same index. */
export function sameIndex(a: IndexSpec, b: IndexSpec): boolean {
  const essence = ({
    key,
    unique,
    sparse,
    expireAfterSeconds,
    partialFilterExpression,
    collation,
  }: IndexSpec) =>
    orderKey([
      key,
      isTruthy(unique),
      isTruthy(sparse),
      expireAfterSeconds,
      partialFilterExpression,
      collationOf(collation)?.spec,
    ]);
  return essence(a) === essence(b);
}
