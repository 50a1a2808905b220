import { parse } from '@marcbachmann/cel-js';
import type { Event } from '../protocol/event.ts';

type Compiled = ReturnType<typeof parse>;

/** What an expression may speak of: the event that started the run, and the one that may resume or cancel it. */
export interface Scope {
  event: Event;
  async?: Event;
}

/** Evaluates CEL expressions, compiling each once. */
export interface Expressions {
  /** The value, or false where a field that it needs does not exist. @throws Error where the text does not compile */
  evaluate(expression: string, scope: Scope): unknown;
  /** Whether the value is `true`. @throws Error where the text does not compile */
  matches(expression: string, scope: Scope): boolean;
}

export function createExpressions(): Expressions {
  const compiled = new Map<string, Compiled>();
  const compile = (text: string) => {
    let expression = compiled.get(text);
    if (!expression) {
      expression = parse(text);
      compiled.set(text, expression);
    }
    return expression;
  };
  const evaluate = (text: string, scope: Scope): unknown => {
    const expression = compile(text);
    try {
      return expression({ ...scope });
    } catch {
      return false;
    }
  };
  return { evaluate, matches: (text, scope) => evaluate(text, scope) === true };
}
