import { BSON } from 'mongodb';
import { isJson, type Json } from './report.ts';

/**
 * Whether an actual value is what a test expects
 * (https://github.com/mongodb/specifications/blob/master/source/unified-test-format/unified-test-format.md#evaluating-matches).
 *
 * @throws Error that says where they differ
 */
export function match(
  expected: unknown,
  actual: unknown,
  entities: Map<string, unknown>,
  root = true,
  path = 'result',
): void {
  const [want, have] = [plain(expected), plain(actual)];
  const fail = (why: string): never => {
    throw new Error(
      `${path}: ${why}; expected ${BSON.EJSON.stringify({ want })}, got ${BSON.EJSON.stringify({ have })}`,
    );
  };
  if (isDocument(want)) {
    const special = Object.keys(want)[0] ?? '';
    if (special.startsWith('$$')) {
      matchSpecial(special, want[special], actual, entities, root, path);
      return;
    }
    if (!isJson(have)) fail('not a document');
    const found = have as Json;
    for (const [field, value] of Object.entries(want)) {
      if (isDocument(value) && value['$$exists'] === false) {
        if (found[field] !== undefined) fail(`${field} should be absent`);
      } else match(value, found[field], entities, false, `${path}.${field}`);
    }
    const surplus = root
      ? undefined
      : Object.keys(found).find((field) => !(field in want) && found[field] !== undefined);
    if (surplus !== undefined) fail(`${surplus} should be absent`);
    return;
  }
  if (Array.isArray(want)) {
    if (!Array.isArray(have) || have.length !== want.length) fail('another length');
    for (const [at, value] of want.entries())
      match(value, (have as unknown[])[at], entities, root, `${path}[${at}]`);
    return;
  }
  if (BSON.EJSON.stringify({ value: want }) !== BSON.EJSON.stringify({ value: have })) fail('another value');
}

function matchSpecial(
  operator: string,
  argument: unknown,
  actual: unknown,
  entities: Map<string, unknown>,
  root: boolean,
  path: string,
): void {
  switch (operator) {
    case '$$unsetOrMatches':
      if (actual !== undefined && actual !== null) match(argument, actual, entities, root, path);
      return;
    case '$$exists':
      if ((actual !== undefined) !== argument)
        throw new Error(`${path}: should ${argument ? '' : 'not '}exist`);
      return;
    case '$$type':
      if (actual === undefined) throw new Error(`${path}: is missing`);
      return;
    case '$$matchesEntity':
      match(entities.get(String(argument)), actual, entities, false, path);
      return;
    default:
      return;
  }
}

const isDocument = (value: unknown): value is Json =>
  isJson(value) && !('_bsontype' in value) && !(value instanceof Date) && !(value instanceof RegExp);

/** A number, whatever its type: the tests are written in relaxed JSON. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  const type = isJson(value) ? value['_bsontype'] : undefined;
  return type === 'Long' || type === 'Int32' || type === 'Double' ? Number(value) : value;
}
