import { isDeepStrictEqual } from 'node:util';

/**
 * What operators make of their operands, `undefined` standing for a field that does not exist. Inngest's rules differ from
 * CEL's there (inngest: pkg/expressions/unknown.go): nothing fails, a missing field is null, equals nothing else, and is
 * less than everything.
 */
export const OPERATORS: Record<string, (left: unknown, right: unknown) => unknown> = {
  '==': isEqual,
  '!=': (left, right) => !isEqual(left, right),
  '<': (left, right) => compare(left, right, (order) => order < 0),
  '<=': (left, right) => compare(left, right, (order) => order <= 0),
  '>': (left, right) => compare(left, right, (order) => order > 0),
  '>=': (left, right) => compare(left, right, (order) => order >= 0),
  in: isIn,
  '+': add,
  '-': (left, right) => Number(left) - Number(right),
  '*': (left, right) => Number(left) * Number(right),
  '/': (left, right) => Number(left) / Number(right),
  '%': (left, right) => Number(left) % Number(right),
};

/** As in JavaScript, save that empty lists and maps are true. */
export function isTruthy(value: unknown): boolean {
  return Boolean(value);
}

function isEqual(left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined) return left === null || right === null;
  return isDeepStrictEqual(left, right);
}

function compare(left: unknown, right: unknown, holds: (order: number) => boolean): boolean {
  if (left === undefined) return holds(-1);
  if (right === undefined) return holds(1);
  const a = left ?? zeroLike(right);
  const b = right ?? zeroLike(left);
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) return false;
  return holds(a < (b as typeof a) ? -1 : a > (b as typeof a) ? 1 : 0);
}

/** Null is compared as the empty value of the other's type. */
function zeroLike(other: unknown): unknown {
  return typeof other === 'string' ? '' : typeof other === 'number' ? 0 : null;
}

function isIn(item: unknown, container: unknown): boolean {
  if (Array.isArray(container)) return container.some((member) => isEqual(item, member));
  return typeof container === 'object' && container !== null && Object.hasOwn(container, String(item));
}

function add(left: unknown, right: unknown): unknown {
  if (left === undefined) return right ?? false;
  if (right === undefined) return left;
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  return `${left}${right}`;
}
