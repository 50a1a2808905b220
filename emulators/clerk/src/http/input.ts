import { refuse } from './api-error.ts';

interface KindTypes {
  string: string;
  boolean: boolean;
  integer: number;
  /** A whole number from 0 up. */
  count: number;
  number: number;
  object: Record<string, unknown>;
  strings: string[];
  /** An RFC 3339 text, read as milliseconds since the epoch. */
  time: number;
  /** Known to Clerk, answered 501 by name. */
  unsupported: never;
}
type Kind = keyof KindTypes;

interface Field {
  kind: Kind;
  required?: true;
  nullable?: true;
}
export type Fields = Readonly<Record<string, Field>>;

/** What a body holds once it has been checked against its fields. */
export type Input<F extends Fields> = {
  -readonly [K in keyof F as F[K]['required'] extends true ? K : never]: Value<F[K]>;
} & {
  -readonly [K in keyof F as F[K]['required'] extends true ? never : K]?: Value<F[K]> | undefined;
};
type Value<F extends Field> = KindTypes[F['kind']] | (F['nullable'] extends true ? null : never);

const TYPE_NAMES: Record<Kind, string> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'integer',
  count: 'whole number from 0 up',
  number: 'number',
  object: 'object',
  strings: 'array of strings',
  time: 'string',
  unsupported: '',
};

/**
 * Checks a body field by field, as Clerk does: nothing unknown, nothing of a wrong type, nothing missing.
 *
 * @throws ApiError 422 `form_param_unknown`, `form_param_type_invalid`, `form_param_missing` or
 *   `form_param_format_invalid`; 501 for a field that Clerk knows and the emulator does not
 */
export function readInput<F extends Fields>(body: unknown, fields: F): Input<F> {
  if (!isObject(body)) throw refuse.noJson();
  const input: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) throw refuse.unknownParam(name);
    input[name] = readValue(name, value, field);
  }
  for (const [name, field] of Object.entries(fields)) {
    if (field.required && (input[name] === undefined || input[name] === '')) throw refuse.missingParam(name);
  }
  return input as Input<F>;
}

function readValue(name: string, value: unknown, field: Field): unknown {
  if (field.kind === 'unsupported') throw refuse.notSupported(`The parameter ${name}`);
  if (value === null && field.nullable) return null;
  if (!hasKind(value, field.kind)) throw refuse.wrongType(name, TYPE_NAMES[field.kind]);
  if (field.kind !== 'time') return value;
  return readTime(name, value as string);
}

function readTime(name: string, text: string): number {
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw refuse.badFormat(name, 'a time in RFC 3339 format');
  return time;
}

function hasKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'string':
    case 'time':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'count':
      return Number.isSafeInteger(value) && Number(value) >= 0;
    case 'number':
      return typeof value === 'number';
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    default:
      return isObject(value);
  }
}

/** Whether a JSON value is an object, and neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
