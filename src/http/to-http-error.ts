import { type ErrorCode, HttpError } from './errors.ts';

/** The errors of Express's own parsers and router, by their `type` or status. */
const BY_TYPE: Record<string, ErrorCode> = {
  'entity.parse.failed': 'invalid_json',
  'entity.too.large': 'body_too_large',
  'encoding.unsupported': 'unsupported_media_type',
  'charset.unsupported': 'unsupported_media_type',
};

/** Whatever was thrown, as an error that the API can answer with. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const { type, status } = (error ?? {}) as { type?: unknown; status?: unknown };
  const code = typeof type === 'string' ? BY_TYPE[type] : undefined;
  if (code) return new HttpError(code, { cause: error });
  // Express gives what the client did wrong a 4xx status: a path or a body that cannot be decoded, an aborted upload.
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new HttpError('bad_request', { cause: error });
  return new HttpError('internal', { cause: error });
}
