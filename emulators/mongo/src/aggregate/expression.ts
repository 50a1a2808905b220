import { type Document, isDocument, setField } from '../bson/document.ts';
import { CommandError, notSupported } from '../errors.ts';
import type { Collation } from '../query/collation.ts';
import { OPERATORS, REFUSED } from './operators.ts';

/** What an expression is evaluated for. */
export interface Scope {
  root: unknown;
  variables: Document;
}
export type Evaluate = (scope: Scope) => unknown;

/** What compiling an expression needs to know. */
export interface Compilation {
  collation?: Collation | undefined;
  compile: (expression: unknown) => Evaluate;
}

export interface ExpressionOptions {
  /** The values of the command's `let`. */
  variables?: Document | undefined;
  collation?: Collation | undefined;
}

/**
 * Compiles an aggregation expression (https://www.mongodb.com/docs/manual/reference/operator/aggregation/).
 * What it evaluates to is `undefined` where MongoDB says missing.
 *
 * @throws CommandError for what is malformed, and by name for operators that are not supported
 */
export function compileExpression(
  expression: unknown,
  options: ExpressionOptions = {},
): (document: unknown) => unknown {
  const evaluate = compilation(options).compile(expression);
  const variables = options.variables ?? {};
  return (document) => evaluate({ root: document, variables });
}

export function compilation({ collation }: ExpressionOptions): Compilation {
  const context: Compilation = { collation, compile: (expression) => compile(expression, context) };
  return context;
}

function compile(expression: unknown, context: Compilation): Evaluate {
  if (typeof expression === 'string')
    return expression.startsWith('$') ? compilePath(expression) : () => expression;
  if (Array.isArray(expression)) {
    const items = expression.map((item) => compile(item, context));
    return (scope) => items.map((item) => item(scope) ?? null);
  }
  if (!isDocument(expression)) return () => expression;
  const [operator] = Object.keys(expression);
  if (operator?.startsWith('$')) return compileOperator(operator, expression, context);
  const fields = Object.entries(expression).map(([field, value]) => {
    if (field.startsWith('$'))
      throw new CommandError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    return [field, compile(value, context)] as const;
  });
  return (scope) => {
    const out: Document = {};
    for (const [field, evaluate] of fields) {
      const value = evaluate(scope);
      if (value !== undefined) setField(out, field, value);
    }
    return out;
  };
}

function compileOperator(operator: string, expression: Document, context: Compilation): Evaluate {
  const fields = Object.keys(expression);
  if (fields.length > 1) {
    throw new CommandError(
      15983,
      `an object representing an expression must have exactly one field: { ${fields.join(', ')} }`,
    );
  }
  const make = OPERATORS.get(operator);
  if (make) return make(expression[operator], context);
  if (REFUSED.has(operator)) throw notSupported(`the expression operator '${operator}'`);
  throw new CommandError('InvalidPipelineOperator', `Unrecognized expression '${operator}'`);
}

function compilePath(expression: string): Evaluate {
  if (expression === '$') throw new CommandError(16872, "'$' by itself is not a valid FieldPath");
  if (!expression.startsWith('$$')) {
    const path = fieldPath(expression.slice(1));
    return ({ root }) => valueAlong(root, path, 0);
  }
  const [name = '', ...path] = fieldPath(expression.slice(2));
  if (name === 'REMOVE') return () => undefined;
  if (name === 'ROOT' || name === 'CURRENT') return ({ root }) => valueAlong(root, path, 0);
  if (name === 'DESCEND' || name === 'PRUNE' || name === 'KEEP') return () => `$$${name}`;
  return ({ variables }) => {
    if (name === 'NOW' && !Object.hasOwn(variables, 'NOW')) return new Date();
    if (!Object.hasOwn(variables, name)) throw new CommandError(17276, `Use of undefined variable: ${name}`);
    return valueAlong(variables[name], path, 0);
  };
}

function fieldPath(path: string): string[] {
  const parts = path.split('.');
  if (parts.includes('')) throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
  return parts;
}

/** A path in an expression goes through arrays element by element, and never by position. */
function valueAlong(value: unknown, path: readonly string[], from: number): unknown {
  let current = value;
  for (let at = from; at < path.length; at++) {
    if (Array.isArray(current)) {
      return current.map((item) => valueAlong(item, path, at)).filter((item) => item !== undefined);
    }
    const part = path[at] as string;
    if (!isDocument(current) || !Object.hasOwn(current, part)) return undefined;
    current = current[part];
  }
  return current;
}
