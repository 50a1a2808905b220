import { isIP } from 'node:net';
import { ApiError } from './api-error.ts';

/**
 * Keeps other web pages away from the page and from `/_emulator`, which ask for no key: a browser is served only from
 * the emulator's own origin, under a name that cannot be bent to it (an address, or `localhost`). Whoever is no browser
 * sends neither `Origin` nor `Sec-Fetch-Site`.
 *
 * @throws ApiError 403
 */
export function requireSameSite(headers: Readonly<Record<string, string | string[] | undefined>>): void {
  const { origin, host = '', 'sec-fetch-site': site } = headers;
  if (origin === undefined && site === undefined) return;
  const name = URL.parse(`http://${host}`)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  const named = name === 'localhost' || isIP(name) !== 0;
  const own = origin === undefined ? site === 'same-origin' || site === 'none' : origin === `http://${host}`;
  if (named && own) return;
  throw new ApiError(
    403,
    'origin_not_allowed',
    'not from another page',
    'Only the page of the emulator itself may call this from a browser, under localhost or an IP address.',
  );
}
