import { parseDuration } from '../time/duration.ts';
import { isObject } from './json.ts';

/** A function's registration is refused: the message says which function and what is wrong. */
export class InvalidFunction extends Error {
  constructor(functionId: string, problem: string) {
    super(`function "${functionId}": ${problem}`);
    this.name = 'InvalidFunction';
  }
}

/** Reads typed fields, naming the function in every complaint. */
export class ConfigReader {
  readonly #functionId: string;
  constructor(functionId: string) {
    this.#functionId = functionId;
  }

  problem(message: string): InvalidFunction {
    return new InvalidFunction(this.#functionId, message);
  }

  optionalText(from: unknown, field: string): string | undefined {
    const value = isObject(from) ? from[field] : undefined;
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') throw this.problem(`${field} must be a string`);
    return value;
  }

  text(from: unknown, field: string): string {
    const value = this.optionalText(from, field);
    if (value === undefined) throw this.problem(`${field} is missing`);
    return value;
  }

  optionalNumber(from: unknown, field: string): number | undefined {
    const value = isObject(from) ? from[field] : undefined;
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value))
      throw this.problem(`${field} must be an integer`);
    return value;
  }

  number(from: unknown, field: string): number {
    const value = this.optionalNumber(from, field);
    if (value === undefined) throw this.problem(`${field} is missing`);
    return value;
  }

  optionalPeriod(from: unknown, field: string): number | undefined {
    const text = this.optionalText(from, field);
    const period = text === undefined ? undefined : parseDuration(text);
    if (text !== undefined && period === undefined) {
      throw this.problem(`${field} must be a time string such as "10s", not "${text}"`);
    }
    return period;
  }

  period(from: unknown, field: string): number {
    const value = this.optionalPeriod(from, field);
    if (value === undefined) throw this.problem(`${field} is missing`);
    return value;
  }
}

/** A field to spread into an object, or nothing where there is no value. */
export function defined<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
