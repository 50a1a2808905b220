import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';

/** Clerk's own OpenAPI descriptions, which are no part of the project: they lie beside it, or nothing is checked. */
const folder = join(
  process.env.FRONTDESK_SHARED ?? join(import.meta.dirname, '../../../../../shared'),
  'spec/clerk',
);

type Json = Record<string, unknown>;

/** One description, read part by part: parsing the whole of it takes seconds. */
export interface Description {
  /** The path templates, such as `/users/{user_id}`. */
  paths: string[];
  /** The schema of what an operation answers with a status, or undefined where nothing is described. */
  answer(path: string, method: string, status: number): Json | undefined;
  /** Checks a value against a schema, and answers what is wrong with it. */
  faults(schema: Json, value: unknown): string[];
}

/** @returns undefined where the file is not there */
export function readDescription(name: string): Description | undefined {
  const file = join(folder, name);
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const [paths = '', components = ''] = text.split(/^components:$/m);
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const validators = new Map<string, ValidateFunction>();
  const converted = new Map<string, Json>();

  /** What `#/components/<kind>/<name>` stands for, as a JSON Schema where it is a schema. */
  const refer = (ref: string): Json => {
    const known = converted.get(ref);
    if (known) return known;
    const [, , kind = '', part = ''] = ref.split('/');
    const found = parsed(below(components, 2, kind), 4, part);
    const meant = kind === 'schemas' ? jsonSchema(found, refer) : found;
    converted.set(ref, meant);
    return meant;
  };

  return {
    paths: [...paths.matchAll(/^ {2}(\/\S*):/gm)].map(([, path = '']) => path),
    answer(path, method, status) {
      const operation = below(below(paths, 2, path), 4, method.toLowerCase());
      const responses = parsed(operation, 6, 'responses');
      const response = responses[`${status}`] as Json | undefined;
      const { content } = response && '$ref' in response ? refer(String(response.$ref)) : (response ?? {});
      const json = (content as Json | undefined)?.['application/json'] as Json | undefined;
      return json?.schema as Json | undefined;
    },
    faults(schema, value) {
      const key = JSON.stringify(schema);
      const validate = validators.get(key) ?? ajv.compile(jsonSchema(schema, refer));
      validators.set(key, validate);
      if (validate(value)) return [];
      return (validate.errors ?? []).map(({ instancePath, message, params }) =>
        [instancePath, message, JSON.stringify(params)].join(' '),
      );
    },
  };
}

/** The lines below a key at an indentation. */
function below(text: string, indent: number, key: string): string {
  const start = text.indexOf(`\n${' '.repeat(indent)}${key}:`);
  if (start < 0) throw new Error(`${key} is not described`);
  const rest = text.slice(text.indexOf('\n', start + 1));
  const end = rest.search(new RegExp(`\\n {0,${indent}}\\S`));
  return end < 0 ? rest : rest.slice(0, end);
}

const parsed = (text: string, indent: number, key: string) => parse(below(text, indent, key)) as Json;

/** An OpenAPI 3.0 schema as a JSON Schema: references put in, `nullable` spelt out. */
function jsonSchema(schema: unknown, refer: (ref: string) => Json): Json {
  const { nullable, discriminator: _, ...rest } = schema as Json;
  if ('$ref' in rest) return refer(String(rest.$ref));
  const spelt: Json = { ...rest };
  for (const word of ['oneOf', 'anyOf', 'allOf']) {
    const parts = rest[word] as unknown[] | undefined;
    if (parts) spelt[word] = parts.map((part) => jsonSchema(part, refer));
  }
  if (rest.items) spelt.items = jsonSchema(rest.items, refer);
  if (rest.properties) {
    const properties = Object.entries(rest.properties as Json);
    spelt.properties = Object.fromEntries(properties.map(([k, v]) => [k, jsonSchema(v, refer)]));
  }
  return nullable ? { anyOf: [{ type: 'null' }, spelt] } : spelt;
}
