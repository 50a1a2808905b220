import { ApiError, refuse } from './api-error.ts';

/** What goes wrong with calls of the Backend API. */
export interface ApiFault {
  /** Such as `GET`; every method where it is missing. */
  method?: string | undefined;
  /** Such as `/v1/users/*`, where `*` stands for one part; every path where it is missing. */
  path?: string | undefined;
  /** How many calls it strikes; 1 by default. */
  times?: number | undefined;
  /** The status that they are answered. Without one they are never answered. */
  status?: number | undefined;
  /** The `Retry-After` of the answer, in seconds; 1 by default where the status is 429. */
  retryAfterSeconds?: number | undefined;
}

/** What a struck call comes to; without an error it is never answered. */
interface Strike {
  error: ApiError | undefined;
  headers: Record<string, string>;
}

/** Faults in the order in which they were added; a call is struck by the first that fits it. */
export interface ApiFaults {
  /** @throws ApiError 422 for a status that is no error, and for less than one call */
  add(fault: ApiFault): void;
  /** Those that have not struck as often as they were to. */
  list(): ApiFault[];
  clear(): void;
  strike(method: string, path: string): Strike | undefined;
}

const TEXTS: Readonly<Record<number, [code: string, message: string, long: string]>> = {
  429: ['too_many_requests', 'Too many requests', 'Too many requests, retry later'],
  500: [
    'internal_clerk_error',
    'Oops, an unexpected error occurred',
    'There was an internal error on our servers.',
  ],
  503: ['service_unavailable', 'Service unavailable', 'Service unavailable'],
};

export function createApiFaults(): ApiFaults {
  let faults: (ApiFault & { left: number })[] = [];
  return {
    add(fault) {
      const { status = 500, times = 1 } = fault;
      if (status < 400 || status > 599) {
        throw refuse.badValue('status', `status must be from 400 to 599, not ${status}.`);
      }
      if (times < 1) throw refuse.badValue('times', `times must be 1 or more, not ${times}.`);
      faults.push({ ...fault, left: times });
    },
    list: () => faults.map(({ left, ...fault }) => ({ ...fault, times: left })),
    clear() {
      faults = [];
    },
    strike(method, path) {
      const fault = faults.find((candidate) => fits(candidate, method, path));
      if (fault === undefined) return undefined;
      fault.left--;
      faults = faults.filter(({ left }) => left > 0);
      return answer(fault.status, fault.retryAfterSeconds);
    },
  };
}

function fits(fault: ApiFault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.path === undefined) return true;
  const wanted = fault.path.split('/');
  const parts = path.split('/');
  return wanted.length === parts.length && wanted.every((part, i) => part === '*' || part === parts[i]);
}

function answer(status: number | undefined, retryAfter = status === 429 ? 1 : undefined): Strike {
  const headers: Record<string, string> = {};
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  if (status === undefined) return { error: undefined, headers };
  const [code, message, long] = TEXTS[status] ?? [
    'emulated_fault',
    'emulated fault',
    'A fault that was asked for.',
  ];
  return { error: new ApiError(status, code, message, long), headers };
}
