import { BSONRegExp } from 'bson';

/** A document as it is kept here: field names to BSON values. `undefined` stands for a field that is missing. */
export type Document = { [field: string]: unknown };

/** Whether a value is an embedded document: no array, and none of BSON's own types. */
export function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && value.constructor === Object;
}

/** The fields of a reference to another document, which begin with $ and are no operators. */
const REFERENCE_FIELDS = new Set(['$ref', '$id', '$db']);

/** Whether a field's name is that of an operator, such as `$gt`. */
export function isOperator(field: string): boolean {
  return field.startsWith('$') && !REFERENCE_FIELDS.has(field);
}

/** Whether a value is an object whose first field is an operator, such as `{ $gt: 1 }`. */
export function isOperatorDocument(value: unknown): value is Document {
  if (!isDocument(value)) return false;
  const first = firstField(value);
  return first !== undefined && isOperator(first);
}

export function firstField(document: Document): string | undefined {
  for (const field in document) return field;
  return undefined;
}

export function isEmpty(document: Document): boolean {
  return firstField(document) === undefined;
}

export function isRegex(value: unknown): value is BSONRegExp | RegExp {
  return value instanceof BSONRegExp || value instanceof RegExp;
}

/** Assigns a field; `__proto__` is a field like any other. */
export function setField(target: Document, field: string, value: unknown): void {
  if (field === '__proto__') {
    Object.defineProperty(target, field, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[field] = value;
  }
}
