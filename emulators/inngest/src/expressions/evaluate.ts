import { FUNCTIONS, MACROS } from './functions.ts';
import { isTruthy, OPERATORS } from './operators.ts';

/** A node of a parsed expression, as `@marcbachmann/cel-js` makes it. */
export interface Node {
  op: string;
  args: unknown;
}

type Variables = Readonly<Record<string, unknown>>;

/**
 * Looks for what `evaluate` does not know.
 *
 * @throws Error naming it
 */
export function check(node: Node): void {
  const args = node.args as unknown[];
  if (node.op === 'call' && args[0] !== 'has') functionOf(args[0] as string);
  if (node.op === 'rcall' && !Object.hasOwn(MACROS, args[0] as string)) functionOf(args[0] as string);
  for (const child of children(node.args)) check(child);
}

function children(args: unknown): Node[] {
  if (Array.isArray(args)) return args.flatMap(children);
  return typeof args === 'object' && args !== null && 'op' in args ? [args as Node] : [];
}

/** The value of a parsed expression; `undefined` where it comes down to a field that does not exist. */
export function evaluate(node: Node, variables: Variables): unknown {
  const value = (child: unknown) => evaluate(child as Node, variables);
  const args = node.args as unknown[];
  switch (node.op) {
    case 'value':
      return literal(node.args);
    case 'id':
      return variables[node.args as string];
    case '.':
      return member(value(args[0]), args[1]);
    case '[]':
      return member(value(args[0]), value(args[1]));
    case '!_':
      return !isTruthy(value(node.args));
    case '-_':
      return -Number(value(node.args));
    case '&&': {
      const left = value(args[0]);
      return isTruthy(left) ? value(args[1]) : left;
    }
    case '||': {
      const left = value(args[0]);
      return isTruthy(left) ? left : value(args[1]);
    }
    case '?:':
      return isTruthy(value(args[0])) ? value(args[1]) : value(args[2]);
    case 'list':
      return args.map(value);
    case 'map':
      return Object.fromEntries(
        (args as [unknown, unknown][]).map(([key, item]) => [String(value(key)), value(item)]),
      );
    case 'call':
      return call(args[0] as string, args[1] as Node[], variables);
    case 'rcall':
      return callOn(args as [string, Node, Node[]], variables);
    default:
      return operator(node.op)(value(args[0]), value(args[1]));
  }
}

/** Whole numbers are parsed as bigint, but those of an event are numbers. */
function literal(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

function member(from: unknown, key: unknown): unknown {
  if (typeof from !== 'object' || from === null || !Object.hasOwn(from, key as PropertyKey)) return undefined;
  return (from as Record<PropertyKey, unknown>)[key as PropertyKey];
}

function operator(op: string) {
  const known = OPERATORS[op];
  if (!known) throw new Error(`the operator ${op} is not emulated`);
  return known;
}

function call(name: string, args: readonly Node[], variables: Variables): unknown {
  if (name === 'has') return evaluate(args[0]!, variables) !== undefined;
  return functionOf(name)(...(args.map((arg) => evaluate(arg, variables)) as [unknown, ...unknown[]]));
}

function callOn([name, target, args]: [string, Node, Node[]], variables: Variables): unknown {
  const on = evaluate(target, variables);
  const macro = Object.hasOwn(MACROS, name) ? MACROS[name] : undefined;
  if (!macro) return functionOf(name)(on, ...args.map((arg) => evaluate(arg, variables)));
  const [variable, body] = args as [Node, Node];
  const items = Array.isArray(on) ? on : [];
  return macro(items, (item) => evaluate(body, { ...variables, [variable.args as string]: item }));
}

function functionOf(name: string) {
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!known) throw new Error(`the function ${name}() is not emulated`);
  return known;
}
