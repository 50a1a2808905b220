import { refuse } from './api-error.ts';

const MAX_VALUES = 100;
const MAX_LIMIT = 500;
const DEFAULT_LIMIT = 10;

/** The query of a call, read parameter by parameter; `done()` refuses those that nobody asked for. */
export interface Query {
  text(name: string): string | undefined;
  /** All values of a parameter, at most 100 of them. */
  list(name: string): string[];
  flag(name: string): boolean | undefined;
  integer(name: string, range?: { min?: number; max?: number }): number | undefined;
  /** `limit` from 1 to 500 (10 where it is missing) and `offset`. */
  page(): { limit: number; offset: number };
  /** Answers 501 and names the parameter, where it is given. */
  unsupported(...names: string[]): void;
  /** @throws ApiError 422 `form_param_unknown` for a parameter that has not been read */
  done(): void;
}

export function readQuery(params: URLSearchParams): Query {
  const read = new Set<string>();
  const all = (name: string) => {
    read.add(name).add(`${name}[]`);
    return [...params.getAll(name), ...params.getAll(`${name}[]`)];
  };
  const query: Query = {
    text: (name) => all(name)[0],
    list(name) {
      const values = all(name);
      if (values.length > MAX_VALUES) {
        throw refuse.badValue(name, `${name} takes at most ${MAX_VALUES} values, not ${values.length}.`);
      }
      return values;
    },
    flag(name) {
      const value = query.text(name);
      if (value === undefined) return undefined;
      if (value !== 'true' && value !== 'false') throw refuse.wrongType(name, 'boolean');
      return value === 'true';
    },
    integer(name, { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = {}) {
      const value = query.text(name);
      if (value === undefined) return undefined;
      if (!/^-?\d{1,16}$/.test(value)) throw refuse.wrongType(name, 'integer');
      const number = Number(value);
      if (number < min || number > max) {
        throw refuse.badValue(name, `${name} must be from ${min} to ${max}, not ${value}.`);
      }
      return number;
    },
    page: () => ({
      limit: query.integer('limit', { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT,
      offset: query.integer('offset', { min: 0 }) ?? 0,
    }),
    unsupported(...names) {
      for (const name of names) {
        if (all(name).length > 0) throw refuse.notSupported(`The parameter ${name}`);
      }
    },
    done() {
      for (const name of params.keys()) if (!read.has(name)) throw refuse.unknownParam(name);
    },
  };
  return query;
}
