import { type Document, isDocument, isEmpty } from '../bson/document.ts';
import { typeName } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { OPERATORS } from './operators.ts';

/** One operator on one path. */
export type UpdateOperators = { operator: string; path: string; argument: unknown }[];

const NAMES = new Set([...Object.keys(OPERATORS), '$rename']);

/**
 * Reads the operators of an update.
 *
 * @throws CommandError for unknown operators, and for two that change the same path
 */
export function checkOperators(update: Document): UpdateOperators {
  const steps: UpdateOperators = [];
  const taken: string[] = [];
  for (const [operator, fields] of Object.entries(update)) {
    if (!NAMES.has(operator)) {
      throw new CommandError(
        'FailedToParse',
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    }
    if (!isDocument(fields)) {
      throw new CommandError(
        'FailedToParse',
        `Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${JSON.stringify(fields)}}`,
      );
    }
    if (isEmpty(fields)) continue;
    for (const [path, argument] of Object.entries(fields)) {
      for (const used of operator === '$rename' ? [path, String(argument)] : [path]) take(used, taken);
      if (operator === '$rename') checkRename(path, argument);
      steps.push({ operator, path, argument });
    }
  }
  return steps;
}

function take(path: string, taken: string[]): void {
  checkPath(path);
  const clash = taken.find(
    (other) => other === path || other.startsWith(`${path}.`) || path.startsWith(`${other}.`),
  );
  if (clash !== undefined) {
    throw new CommandError(
      'ConflictingUpdateOperators',
      `Updating the path '${path}' would create a conflict at '${clash.length < path.length ? clash : path}'`,
    );
  }
  taken.push(path);
}

function checkPath(path: string): void {
  const parts = path.split('.');
  if (path === '') throw new CommandError('EmptyFieldName', 'An empty update path is not valid.');
  if (parts.includes(''))
    throw new CommandError(
      'EmptyFieldName',
      `The update path '${path}' contains an empty field name, which is not allowed.`,
    );
  if (parts[0] === '$' || parts[0]?.startsWith('$[')) {
    throw new CommandError(
      'BadValue',
      `Cannot have array filter identifier (i.e. '$[<id>]') or positional element in the first position in path '${path}'`,
    );
  }
}

function checkRename(path: string, to: unknown): void {
  if (typeof to !== 'string')
    throw new CommandError('BadValue', `The 'to' field for $rename must be a string: ${path}: ${String(to)}`);
  for (const [end, name] of [
    ['source', path],
    ['destination', to],
  ] as const) {
    if (name.split('.').some((part) => part.startsWith('$')))
      throw new CommandError('BadValue', `The ${end} field for $rename may not be dynamic: ${name}`);
  }
}
