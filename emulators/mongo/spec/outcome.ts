import type { MongoServerError } from 'mongodb';
import { match } from './match.ts';
import { isJson, type Json, listOf, type Operation } from './report.ts';

/** Judges how an operation ended that a test wants to fail. */
export function expectError(
  { name, expectError: expected = {} }: Operation,
  error: MongoServerError | undefined,
  value: unknown,
): void {
  if (!error)
    throw new Error(`${name} should have failed, but answered ${JSON.stringify(value)?.slice(0, 200)}`);
  const { errorCode, errorCodeName, errorContains, expectResult } = expected;
  const complain = (what: string) =>
    new Error(`${name}: ${what}, but it was ${error.code} ${error.codeName}: ${error.message}`);
  if (errorCode !== undefined && error.code !== errorCode)
    throw complain(`the code should be ${String(errorCode)}`);
  if (errorCodeName !== undefined && error.codeName !== errorCodeName)
    throw complain(`the name should be ${String(errorCodeName)}`);
  if (typeof errorContains === 'string' && !error.message.toLowerCase().includes(errorContains.toLowerCase()))
    throw complain(`it should say '${errorContains}'`);
  for (const label of listOf<string>(expected['errorLabelsContain']))
    if (!error.hasErrorLabel?.(label)) throw complain(`the label ${label} is missing`);
  for (const label of listOf<string>(expected['errorLabelsOmit']))
    if (error.hasErrorLabel?.(label)) throw complain(`the label ${label} is there`);
  const result = (error as unknown as Json)['result'];
  if (expectResult !== undefined && isJson(result)) match(expectResult, shown(result), new Map());
}

const COUNTS = [
  'insertedCount',
  'matchedCount',
  'modifiedCount',
  'deletedCount',
  'upsertedCount',
  'upsertedIds',
  'insertedIds',
  'acknowledged',
  'insertedId',
];

/** A driver's result as the tests describe it. */
export function shown(value: unknown): unknown {
  if (!isJson(value)) return value;
  const type = value.constructor?.name;
  const from =
    type === 'BulkWriteResult'
      ? Object.fromEntries(COUNTS.flatMap((name) => (value[name] === undefined ? [] : [[name, value[name]]])))
      : value;
  return from['upsertedId'] === null ? { ...from, upsertedId: undefined } : from;
}
