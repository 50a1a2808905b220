import { type DestinationStream, type Logger, pino } from 'pino';
import type { Env } from './env.ts';

const EMAIL = /[^\s@<>"'(),:;[\]{}]+@[^\s@<>"'(),:;[\]{}]+\.[a-z]{2,}/gi;
const SECRET = /\b(?:sk|rk|pk)_(?:test|live)_\w+|\bwhsec_[\w+/=]+|\bre_\w{8,}|\bsignkey-\w+-\w+/g;
const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const CREDENTIALS = /(\w+:\/\/)[^\s/@]+@/g;

/** A text of somebody else's, such as an error message, without what must never be logged. */
export function scrub(text: string): string {
  return text
    .replace(CREDENTIALS, '$1[credentials]@')
    .replace(JWT, '[token]')
    .replace(SECRET, '[secret]')
    .replace(EMAIL, '[email]');
}

/** The program's log: JSON lines. Of an error it keeps kind, message, code and stack, scrubbed, and its causes. */
export function createLog({ logLevel }: Pick<Env, 'logLevel'>, destination?: DestinationStream): Logger {
  const options = { level: logLevel, serializers: { err: loggedError } };
  return destination ? pino(options, destination) : pino(options);
}

interface LoggedError {
  type: string;
  message: string;
  code?: string | number;
  stack?: string;
  cause?: LoggedError;
}

function loggedError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: scrub(String(error)) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: scrub(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: scrub(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: loggedError(error.cause) }),
  };
}
