import { type Document, isDocument } from '../bson/document.ts';
import { isNumeric, isTruthy, toInteger, toNumber } from '../bson/numbers.ts';
import { compare, orderKey } from '../bson/order.ts';
import { typeName, typesNamed } from '../bson/types.ts';
import { CommandError, notSupported } from '../errors.ts';
import type { Predicate } from './filter.ts';
import { compileRegex } from './regex.ts';

type Test = (value: unknown) => boolean;

/**
 * Compiles `$jsonSchema` (https://www.mongodb.com/docs/manual/reference/operator/query/jsonSchema/).
 *
 * @throws CommandError for keywords that are malformed or not supported
 */
export function compileJsonSchema(schema: unknown): Predicate {
  return compileSchema(schema);
}

function compileSchema(schema: unknown): Test {
  if (!isDocument(schema)) throw new CommandError('TypeMismatch', '$jsonSchema must be an object');
  const tests: Test[] = [];
  for (const [keyword, argument] of Object.entries(schema)) {
    if (ANNOTATIONS.has(keyword)) continue;
    const compiler = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (!compiler) {
      if (REFUSED.has(keyword)) throw notSupported(`the $jsonSchema keyword '${keyword}'`);
      throw new CommandError('FailedToParse', `Unknown $jsonSchema keyword: ${keyword}`);
    }
    tests.push(compiler(argument, schema));
  }
  return (value) => tests.every((test) => test(value));
}

const ANNOTATIONS = new Set(['title', 'description']);
const REFUSED = new Set(['encrypt', 'encryptMetadata']);

/** The keyword says nothing about values of other types. */
const only =
  <T>(applies: (value: unknown) => value is T, test: (value: T) => boolean): Test =>
  (value) =>
    !applies(value) || test(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isArray = (value: unknown): value is unknown[] => Array.isArray(value);

const JSON_TYPES: Record<string, string> = { boolean: 'bool' };
const schemas = (argument: unknown) => list(argument).map(compileSchema);
const list = (argument: unknown): unknown[] => (Array.isArray(argument) ? argument : [argument]);
const whole = (argument: unknown): number => {
  const number = toInteger(argument);
  if (number === undefined || number < 0)
    throw new CommandError('FailedToParse', '$jsonSchema: a non-negative integer is needed');
  return number;
};
const propertiesOf = (argument: unknown): [string, Test][] =>
  Object.entries(isDocument(argument) ? argument : {}).map(([name, schema]) => [name, compileSchema(schema)]);

const KEYWORDS: Record<string, (argument: unknown, schema: Document) => Test> = {
  bsonType: (argument) => {
    const types = typesNamed(argument);
    return (value) => value === undefined || types.has(typeName(value));
  },
  type: (argument) => {
    const types = typesNamed(list(argument).map((type) => JSON_TYPES[String(type)] ?? type));
    return (value) => value === undefined || types.has(typeName(value));
  },
  required: (argument) =>
    only(isDocument, (value) => list(argument).every((name) => Object.hasOwn(value, String(name)))),
  properties: (argument) => {
    const properties = propertiesOf(argument);
    return only(isDocument, (value) =>
      properties.every(([name, test]) => !Object.hasOwn(value, name) || test(value[name])),
    );
  },
  patternProperties: (argument) => {
    const patterns = propertiesOf(argument).map(
      ([pattern, test]) => [compileRegex(pattern, ''), test] as const,
    );
    return only(isDocument, (value) =>
      Object.entries(value).every(([name, item]) =>
        patterns.every(([regex, test]) => !regex.test(name) || test(item)),
      ),
    );
  },
  additionalProperties: (argument, schema) => {
    const known = new Set(Object.keys(isDocument(schema['properties']) ? schema['properties'] : {}));
    const patterns = propertiesOf(schema['patternProperties']).map(([pattern]) => compileRegex(pattern, ''));
    const test: Test = isDocument(argument) ? compileSchema(argument) : () => isTruthy(argument);
    const extra = (name: string) => !known.has(name) && !patterns.some((regex) => regex.test(name));
    return only(isDocument, (value) =>
      Object.entries(value).every(([name, item]) => !extra(name) || test(item)),
    );
  },
  minProperties: (argument) => {
    const least = whole(argument);
    return only(isDocument, (value) => Object.keys(value).length >= least);
  },
  maxProperties: (argument) => {
    const most = whole(argument);
    return only(isDocument, (value) => Object.keys(value).length <= most);
  },
  enum: (argument) => {
    const keys = new Set(list(argument).map((item) => orderKey(item)));
    return (value) => keys.has(orderKey(value));
  },
  minimum: (argument, schema) => {
    const least = isTruthy(schema['exclusiveMinimum']) ? 1 : 0;
    return only(isNumeric, (value) => Math.sign(compare(value, argument)) >= least);
  },
  maximum: (argument, schema) => {
    const most = isTruthy(schema['exclusiveMaximum']) ? -1 : 0;
    return only(isNumeric, (value) => Math.sign(compare(value, argument)) <= most);
  },
  exclusiveMinimum: () => () => true,
  exclusiveMaximum: () => () => true,
  multipleOf: (argument) => only(isNumeric, (value) => toNumber(value) % Number(argument) === 0),
  minLength: (argument) => {
    const least = whole(argument);
    return only(isText, (value) => [...value].length >= least);
  },
  maxLength: (argument) => {
    const most = whole(argument);
    return only(isText, (value) => [...value].length <= most);
  },
  pattern: (argument) => {
    const regex = compileRegex(String(argument), '');
    return only(isText, (value) => regex.test(value));
  },
  minItems: (argument) => {
    const least = whole(argument);
    return only(isArray, (value) => value.length >= least);
  },
  maxItems: (argument) => {
    const most = whole(argument);
    return only(isArray, (value) => value.length <= most);
  },
  uniqueItems: (argument) =>
    only(
      isArray,
      (value) => !isTruthy(argument) || new Set(value.map((item) => orderKey(item))).size === value.length,
    ),
  items: (argument, schema) => {
    if (isDocument(argument)) {
      const test = compileSchema(argument);
      return only(isArray, (value) => value.every(test));
    }
    const tests = schemas(argument);
    const rest = schema['additionalItems'];
    const restTest: Test = isDocument(rest) ? compileSchema(rest) : () => rest !== false;
    return only(isArray, (value) => value.every((item, at) => (tests[at] ?? restTest)(item)));
  },
  additionalItems: () => () => true,
  allOf: (argument) => {
    const tests = schemas(argument);
    return (value) => tests.every((test) => test(value));
  },
  anyOf: (argument) => {
    const tests = schemas(argument);
    return (value) => tests.some((test) => test(value));
  },
  oneOf: (argument) => {
    const tests = schemas(argument);
    return (value) => tests.filter((test) => test(value)).length === 1;
  },
  not: (argument) => {
    const test = compileSchema(argument);
    return (value) => !test(value);
  },
  dependencies: (argument) => {
    const dependencies = Object.entries(isDocument(argument) ? argument : {}).map(
      ([name, needs]): [string, Test] => {
        if (isDocument(needs)) return [name, compileSchema(needs)];
        return [
          name,
          (value) => isDocument(value) && list(needs).every((need) => Object.hasOwn(value, String(need))),
        ];
      },
    );
    return only(isDocument, (value) =>
      dependencies.every(([name, test]) => !Object.hasOwn(value, name) || test(value)),
    );
  },
};
