import { type Document, isDocument } from '../bson/document.ts';
import { toInteger } from '../bson/numbers.ts';
import { typeName } from '../bson/types.ts';
import { CommandError, notSupported } from '../errors.ts';
import { type Collation, collationOf } from '../query/collation.ts';
import type { Cursors } from '../server/cursors.ts';
import type { ServerFacts } from '../server/facts.ts';
import type { Collection } from '../store/collection.ts';
import type { UnitOfWork } from '../store/unit-of-work.ts';

/** What a command works with. */
export interface CommandContext {
  /** What it reads and writes: the data itself, or its transaction's snapshot. */
  work: UnitOfWork;
  inTransaction: boolean;
  /** The session's id in hexadecimal, where there is one. */
  session: string | undefined;
  database: string;
  cursors: Cursors;
  facts: ServerFacts;
  now: Date;
}

export interface Command {
  /** The fields it takes, beyond those that every command takes; undefined where it takes whatever comes. */
  fields: readonly string[] | undefined;
  /** Fields that MongoDB knows and this emulator does not: refused where they ask for something. */
  refused?: readonly string[];
  /** Whether it may be part of a transaction. */
  transactional?: boolean;
  run(command: Document, context: CommandContext): Document;
}

/** What every command may carry. */
const GENERIC = new Set([
  '$db',
  'lsid',
  'txnNumber',
  'autocommit',
  'startTransaction',
  'stmtId',
  'stmtIds',
  'readConcern',
  'writeConcern',
  '$clusterTime',
  '$readPreference',
  'maxTimeMS',
  'comment',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
]);

/** @throws CommandError for fields that the command does not know, and for those that are not supported */
export function checkFields(name: string, { fields, refused = [] }: Command, command: Document): void {
  if (!fields) return;
  for (const [field, value] of Object.entries(command)) {
    if (field === name || GENERIC.has(field) || fields.includes(field)) continue;
    if (!refused.includes(field))
      throw new CommandError('IDLUnknownField', `BSON field '${name}.${field}' is an unknown field.`);
    const asks =
      value !== undefined &&
      value !== null &&
      value !== false &&
      !(isDocument(value) && Object.keys(value).length === 0);
    if (asks) throw notSupported(`the option '${field}' of '${name}'`);
  }
}

export function namespaceOf({ database }: CommandContext, collection: unknown): string {
  if (typeof collection !== 'string') {
    throw new CommandError('InvalidNamespace', `collection name has invalid type ${typeName(collection)}`);
  }
  if (collection === '' || collection.includes('\0') || collection.startsWith('$')) {
    throw new CommandError('InvalidNamespace', `Invalid namespace specified '${database}.${collection}'`);
  }
  return `${database}.${collection}`;
}

/** A field that must be an object; an empty one where it is missing. */
export function objectField(name: string, value: unknown): Document {
  if (value === undefined || value === null) return {};
  if (isDocument(value)) return value;
  throw new CommandError(
    'TypeMismatch',
    `BSON field '${name}' is the wrong type '${typeName(value)}', expected type 'object'`,
  );
}

/** A field that must be an array of objects. */
export function objectsField(name: string, value: unknown): Document[] {
  if (!Array.isArray(value)) {
    throw value === undefined
      ? new CommandError('IDLFailedToParse', `BSON field '${name}' is missing but a required field`)
      : new CommandError(
          'TypeMismatch',
          `BSON field '${name}' is the wrong type '${typeName(value)}', expected type 'array'`,
        );
  }
  for (const [at, item] of value.entries()) {
    if (!isDocument(item))
      throw new CommandError(
        'TypeMismatch',
        `BSON field '${name}.${at}' is the wrong type '${typeName(item)}', expected type 'object'`,
      );
  }
  return value as Document[];
}

/** A whole number, such as `limit` or `skip`. */
export function integerField(
  name: string,
  value: unknown,
  { least, otherwise }: { least?: number; otherwise: number },
): number {
  if (value === undefined || value === null) return otherwise;
  const number = toInteger(value);
  if (number === undefined) {
    throw new CommandError(
      'TypeMismatch',
      `BSON field '${name}' is the wrong type '${typeName(value)}', expected types '[long, int, decimal, double]'`,
    );
  }
  if (least !== undefined && number < least) {
    throw new CommandError(51024, `BSON field '${name}' value must be >= ${least}, actual value '${number}'`);
  }
  return number;
}

/** The collation of a command, or else the collection's own. */
export function collationFor(given: unknown, collection: Collection | undefined): Collation | undefined {
  return given === undefined ? collationOf(collection?.options['collation']) : collationOf(given);
}
