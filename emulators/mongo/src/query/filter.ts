import { compileExpression } from '../aggregate/expression.ts';
import { type Document, firstField, isDocument, isOperator, isOperatorDocument } from '../bson/document.ts';
import { isTruthy } from '../bson/numbers.ts';
import { parsePath, someAt } from '../bson/path.ts';
import { CommandError, notSupported } from '../errors.ts';
import type { Collation } from './collation.ts';
import { compileFieldOperators, equalityTest } from './field-operators.ts';
import { compileJsonSchema } from './json-schema.ts';
import { compileText, type TextScore } from './text.ts';

export type Predicate = (document: Document) => boolean;

export interface Filter {
  matches: Predicate;
  /** How well a document fits a `$text` search; there where the filter has one. */
  score?: TextScore;
}

export interface FilterOptions {
  collation?: Collation | undefined;
  /** The variables of the command's `let`. */
  variables?: Document | undefined;
  /** The fields of the collection's text index. */
  textFields?: readonly string[] | undefined;
}

/**
 * Compiles a filter (https://www.mongodb.com/docs/manual/reference/operator/query/).
 *
 * @throws CommandError for what is malformed, and by name for what is not supported
 */
export function compileFilter(filter: Document, options: FilterOptions = {}): Filter {
  const { $text, ...rest } = filter;
  const matches = conjunction(rest, options);
  if ($text === undefined) return { matches };
  const score = compileText($text, options.textFields);
  return { matches: (document) => score(document) > 0 && matches(document), score };
}

function conjunction(filter: Document, options: FilterOptions): Predicate {
  const parts: Predicate[] = [];
  for (const [field, condition] of Object.entries(filter)) {
    const part = isOperator(field) ? logical(field, condition, options) : onField(field, condition, options);
    if (part) parts.push(part);
  }
  const [first, ...others] = parts;
  if (!first) return () => true;
  if (others.length === 0) return first;
  return (document) => parts.every((part) => part(document));
}

function logical(operator: string, condition: unknown, options: FilterOptions): Predicate | undefined {
  switch (operator) {
    case '$and': {
      const parts = branches(operator, condition, options);
      return (document) => parts.every((part) => part(document));
    }
    case '$or': {
      const parts = branches(operator, condition, options);
      return (document) => parts.some((part) => part(document));
    }
    case '$nor': {
      const parts = branches(operator, condition, options);
      return (document) => !parts.some((part) => part(document));
    }
    case '$expr': {
      const evaluate = compileExpression(condition, {
        variables: options.variables,
        collation: options.collation,
      });
      return (document) => isTruthy(evaluate(document));
    }
    case '$jsonSchema':
      return compileJsonSchema(condition);
    case '$comment':
      return undefined;
    case '$alwaysTrue':
      return () => true;
    case '$alwaysFalse':
      return () => false;
    case '$text':
      throw notSupported("'$text' within another operator");
    case '$where':
    case '$sampleRate':
      throw notSupported(`the query operator '${operator}'`);
    default:
      throw new CommandError(
        'BadValue',
        `unknown top level operator: ${operator}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      );
  }
}

function branches(operator: string, condition: unknown, options: FilterOptions): Predicate[] {
  if (!Array.isArray(condition)) throw new CommandError('BadValue', `${operator} argument must be an array`);
  if (condition.length === 0) throw new CommandError('BadValue', '$and/$or/$nor must be a nonempty array');
  return condition.map((part) => {
    if (!isDocument(part))
      throw new CommandError('BadValue', '$or/$and/$nor entries need to be full objects');
    return conjunction(part, options);
  });
}

function onField(field: string, condition: unknown, options: FilterOptions): Predicate {
  const path = parsePath(field);
  if (isOperatorDocument(condition)) return compileFieldOperators(path, condition, options);
  const test = equalityTest(condition, options.collation, true);
  return (document) => someAt(document, path, test, true);
}

/** Compiles a filter that is to hold for a bare value, such as an element of an array. */
export function compileValueFilter(
  condition: unknown,
  options: FilterOptions = {},
): (value: unknown) => boolean {
  if (isDocument(condition) && !isFieldOperators(condition)) {
    const matches = conjunction(condition, options);
    return (value) => isDocument(value) && matches(value);
  }
  const matches = onField('value', condition, options);
  return (value) => matches({ value });
}

const LOGICAL = new Set(['$and', '$or', '$nor', '$expr', '$jsonSchema', '$comment', '$where', '$text']);
const isFieldOperators = (condition: Document) =>
  isOperatorDocument(condition) && !LOGICAL.has(firstField(condition) ?? '');
