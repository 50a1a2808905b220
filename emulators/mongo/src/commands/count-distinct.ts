import { isEmpty } from '../bson/document.ts';
import { compare, orderKey } from '../bson/order.ts';
import { EMPTY_ARRAY, indexedValues, parsePath } from '../bson/path.ts';
import { CommandError } from '../errors.ts';
import { select } from '../query/select.ts';
import { type Command, collationFor, integerField, namespaceOf, objectField } from './command.ts';

/** https://www.mongodb.com/docs/manual/reference/command/count/ */
export const count: Command = {
  fields: ['query', 'limit', 'skip', 'hint', 'collation', 'fields'],
  run(command, context) {
    const collection = context.work.read(namespaceOf(context, command['count']));
    const filter = objectField('count.query', command['query']);
    const skip = integerField('count.skip', command['skip'], { least: 0, otherwise: 0 });
    const limit = Math.abs(integerField('count.limit', command['limit'], { otherwise: 0 }));
    if (isEmpty(filter)) {
      const rest = Math.max(0, (collection?.size ?? 0) - skip);
      return { n: limit > 0 ? Math.min(limit, rest) : rest };
    }
    return {
      n: select(collection, {
        hint: command['hint'],
        filter,
        skip,
        limit,
        collation: collationFor(command['collation'], collection),
      }).found.length,
    };
  },
};

/** https://www.mongodb.com/docs/manual/reference/command/distinct/ */
export const distinct: Command = {
  fields: ['key', 'query', 'collation', 'hint'],
  transactional: true,
  run(command, context) {
    const { key } = command;
    if (typeof key !== 'string')
      throw new CommandError('TypeMismatch', "BSON field 'distinct.key' must be a string");
    const collection = context.work.read(namespaceOf(context, command['distinct']));
    const collation = collationFor(command['collation'], collection);
    const { found } = select(collection, {
      hint: command['hint'],
      filter: objectField('distinct.query', command['query']),
      collation,
    });
    const path = parsePath(key);
    const values = new Map<string, unknown>();
    for (const stored of collection ? found : []) {
      for (const value of indexedValues(collection?.document(stored) ?? {}, path)) {
        const id = orderKey(value, collation?.fold);
        if (value !== undefined && value !== EMPTY_ARRAY && !values.has(id)) values.set(id, value);
      }
    }
    return { values: [...values.values()].sort(compare) };
  },
};
