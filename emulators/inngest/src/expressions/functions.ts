/** Functions of expressions, called as `f(x, …)` or `x.f(…)`; `undefined` stands for a field that does not exist. */
export const FUNCTIONS: Record<string, (value: unknown, ...rest: unknown[]) => unknown> = {
  size: sizeOf,
  contains: (text, part) => typeof text === 'string' && text.includes(String(part)),
  startsWith: (text, part) => typeof text === 'string' && text.startsWith(String(part)),
  endsWith: (text, part) => typeof text === 'string' && text.endsWith(String(part)),
  matches,
  lowerAscii: (text) => (typeof text === 'string' ? text.toLowerCase() : false),
  upperAscii: (text) => (typeof text === 'string' ? text.toUpperCase() : false),
  lowercase: (text) => (typeof text === 'string' ? text.toLowerCase() : false),
  uppercase: (text) => (typeof text === 'string' ? text.toUpperCase() : false),
  string: (value) => (value === undefined ? false : String(value)),
  int: (value) => (value === undefined ? false : Math.trunc(Number(value))),
  double: (value) => (value === undefined ? false : Number(value)),
};

/** Functions that evaluate their last argument for each member of a list. */
export const MACROS: Record<
  string,
  (items: readonly unknown[], evaluate: (item: unknown) => unknown) => unknown
> = {
  all: (items, evaluate) => items.every((item) => evaluate(item) === true),
  exists: (items, evaluate) => items.some((item) => evaluate(item) === true),
  exists_one: (items, evaluate) => items.filter((item) => evaluate(item) === true).length === 1,
  filter: (items, evaluate) => items.filter((item) => evaluate(item) === true),
  map: (items, evaluate) => items.map(evaluate),
};

function matches(text: unknown, pattern: unknown): boolean {
  try {
    return typeof text === 'string' && new RegExp(String(pattern)).test(text);
  } catch {
    return false;
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return [...value].length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}
