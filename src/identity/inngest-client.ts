import { Inngest } from 'inngest';
import type { Logger } from 'pino';
import type { Env } from '../config/env.ts';

/**
 * One attempt to hand over an event may take so long, ms; the SDK makes five. It sets no limit of its own, so a server
 * that takes the connection and says nothing would hold a webhook for minutes.
 */
const EVENT_MS = 2000;

/** All other calls, such as a step's checkpoint, ms. */
const OTHER_MS = 15_000;

/** The Inngest client: in cloud mode, where every call is signed, unless the environment names a dev server. */
export function createInngest({ env, log }: { env: Pick<Env, 'inngest'>; log: Logger }): Inngest.Any {
  const { dev, eventKey, signingKey, baseUrl } = env.inngest;
  const address = typeof dev === 'string' ? dev : baseUrl;
  return new Inngest({
    id: 'frontdesk',
    isDev: dev !== false,
    ...(eventKey === undefined ? {} : { eventKey }),
    ...(signingKey === undefined ? {} : { signingKey }),
    ...(address === undefined ? {} : { baseUrl: address }),
    fetch: fetchInTime,
    // It would look for language models in every step.
    aiMetadata: false,
    logger: log.child({ part: 'inngest' }),
  });
}

const fetchInTime: typeof fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  const timeout = AbortSignal.timeout(url.pathname.startsWith('/e/') ? EVENT_MS : OTHER_MS);
  const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  return fetch(input, { ...init, signal });
};
