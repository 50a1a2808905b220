import { type Document, isDocument } from '../bson/document.ts';
import { CommandError } from '../errors.ts';
import { select } from '../query/select.ts';
import { type Command, collationFor, namespaceOf, objectField } from './command.ts';

/** Explains which index a command uses, and how many documents it looks at. Nothing is written. */
export const explain: Command = {
  fields: ['verbosity'],
  run(command, context) {
    const inner = objectField('explain', command['explain']);
    const { name, filter, sort } = queryOf(inner);
    const namespace = namespaceOf(context, name);
    const collection = context.work.read(namespace);
    const { found, index, examined } = select(collection, {
      filter,
      sort,
      collation: collationFor(inner['collation'], collection),
    });
    const stage =
      index === 'COLLSCAN' || index === 'EOF'
        ? { stage: index }
        : { stage: 'FETCH', inputStage: { stage: 'IXSCAN', indexName: index } };
    return {
      explainVersion: '1',
      queryPlanner: { namespace, parsedQuery: filter, winningPlan: stage, rejectedPlans: [] },
      executionStats: {
        executionSuccess: true,
        nReturned: found.length,
        executionTimeMillis: 0,
        totalDocsExamined: examined,
      },
      command: inner,
    };
  },
};

function queryOf(inner: Document): { name: unknown; filter: Document; sort: Document } {
  const [command = ''] = Object.keys(inner);
  const statement = [inner['updates'], inner['deletes']].flat().find(isDocument);
  const [stage] = Array.isArray(inner['pipeline']) ? inner['pipeline'] : [];
  const matched = isDocument(stage) ? stage['$match'] : undefined;
  switch (command) {
    case 'find':
    case 'count':
    case 'distinct':
    case 'findAndModify':
    case 'aggregate':
    case 'update':
    case 'delete':
      return {
        name: inner[command],
        filter: objectField('filter', inner['filter'] ?? inner['query'] ?? statement?.['q'] ?? matched),
        sort: objectField('sort', inner['sort']),
      };
    default:
      throw new CommandError('CommandNotFound', `Explain failed due to unknown command: ${command}`);
  }
}
