import { parse } from '@marcbachmann/cel-js';
import type { Event } from '../protocol/event.ts';
import { check, evaluate, type Node } from './evaluate.ts';

/** What an expression may speak of: the event that started the run, and the one that may resume or cancel it. */
interface Scope {
  event: Event;
  async?: Event;
}

/** An expression cannot be used; the message says why. */
class InvalidExpression extends Error {
  override readonly name = 'InvalidExpression';
}

/** Evaluates CEL expressions, compiling each once. All of its functions throw {@link InvalidExpression}. */
export interface Expressions {
  /** Throws where the text does not compile or uses a function that is not there. */
  check(expression: string): void;
  /** The value, or false where it comes down to a field that does not exist. */
  evaluate(expression: string, scope: Scope): unknown;
  /** Whether the value is `true`. */
  matches(expression: string, scope: Scope): boolean;
}

export function createExpressions(): Expressions {
  const compiled = new Map<string, Node>();
  const compile = (text: string): Node => {
    const known = compiled.get(text);
    if (known) return known;
    try {
      const node = parse(text).ast as Node;
      check(node);
      compiled.set(text, node);
      return node;
    } catch (error) {
      throw new InvalidExpression((error as Error).message.split('\n')[0]);
    }
  };
  const evaluateText = (text: string, scope: Scope) => evaluate(compile(text), { ...scope }) ?? false;
  return {
    check: (text) => void compile(text),
    evaluate: evaluateText,
    matches: (text, scope) => evaluateText(text, scope) === true,
  };
}
