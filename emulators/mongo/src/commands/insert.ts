import { ObjectId, Timestamp } from 'bson';
import { type Document, isDocument, isRegex } from '../bson/document.ts';
import { CommandError } from '../errors.ts';
import { type Command, type CommandContext, namespaceOf, objectsField } from './command.ts';
import { checkDocument } from './validation.ts';
import { runStatements } from './write-errors.ts';

/** https://www.mongodb.com/docs/manual/reference/command/insert/ */
export const insert: Command = {
  fields: ['documents', 'ordered', 'bypassDocumentValidation'],
  transactional: true,
  run(command, context) {
    const namespace = namespaceOf(context, command['insert']);
    const documents = objectsField('insert.documents', command['documents']);
    let n = 0;
    const errors = runStatements(documents, command['ordered'] !== false, context, (document) => {
      insertDocument(context, namespace, document, command['bypassDocumentValidation'] === true);
      n++;
    });
    return { n, ...errors };
  },
};

/** @throws CommandError for what may not be stored */
export function insertDocument(
  { work, now }: CommandContext,
  namespace: string,
  document: Document,
  bypass: boolean,
): Document {
  const { _id = new ObjectId(), ...rest } = document;
  checkId(_id);
  const stored = { _id, ...rest };
  for (const [field, value] of Object.entries(rest)) {
    // An empty timestamp at the top level stands for the server's time.
    if (value instanceof Timestamp && value.isZero())
      stored[field as '_id'] = new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 });
  }
  checkDocument(work.read(namespace), stored, bypass);
  work.insert(namespace, stored);
  return stored;
}

/** @throws CommandError InvalidIdField for arrays and regular expressions */
export function checkId(id: unknown): void {
  if (Array.isArray(id) || isRegex(id)) {
    throw new CommandError(
      'InvalidIdField',
      `The '_id' value cannot be of type ${Array.isArray(id) ? 'array' : 'regex'}`,
    );
  }
  const illegal = isDocument(id) ? Object.keys(id).find((field) => field.startsWith('$')) : undefined;
  if (illegal) {
    throw new CommandError(
      'DollarPrefixedFieldName',
      `_id fields may not contain '$'-prefixed fields: ${illegal} is not valid for storage.`,
    );
  }
}
