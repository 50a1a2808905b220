import { pino } from 'pino';
import type { Env } from '../../config/env.ts';
import { scrub } from '../../config/log.ts';
import { createInngest } from '../../identity/inngest-client.ts';
import { within } from '../../identity/within.ts';
import { askFor } from '../ask.ts';
import { type Finding, fine, notChecked, trouble } from '../finding.ts';

const SEND_MS = 12_000;

/** Where the SDK looks for a dev server of which only `INNGEST_DEV=1` is said. */
const DEFAULT_DEV_URL = 'http://localhost:8288';

/** Whether Inngest takes an event, as the webhook sends it: one that starts no function. */
export async function checkInngest(env: Pick<Env, 'inngest'>): Promise<Finding> {
  const where = placeOf(env);
  try {
    const inngest = createInngest({ env, log: pino({ level: 'silent' }) });
    await within(SEND_MS, inngest.send({ name: 'frontdesk/doctor.asked', data: {} }), 'no answer');
    return fine(`takes events at ${where}`);
  } catch (error) {
    const text = scrub(error instanceof Error ? error.message : String(error));
    if (/\b40[13]\b/.test(text)) {
      return trouble(
        `Inngest at ${where} refuses INNGEST_EVENT_KEY`,
        'Copy the event key again from Inngest, Manage, Event keys.',
      );
    }
    const cure =
      env.inngest.dev === false
        ? 'Check this machine’s network and INNGEST_BASE_URL. Webhooks are answered 500 until it is back; Clerk delivers them again.'
        : 'Start it (`npm run dev` brings one along), or set INNGEST_DEV to where it is.';
    return trouble(`Inngest does not take events at ${where}`, cure);
  }
}

function placeOf({ inngest: { dev, baseUrl } }: Pick<Env, 'inngest'>): string {
  if (typeof dev === 'string') return dev;
  return dev ? DEFAULT_DEV_URL : (baseUrl ?? 'Inngest Cloud');
}

/**
 * Whether Inngest knows the backend's functions. A dev server tells; every other is asked to take them anew, which is
 * what one does after each deployment, and changes nothing where they are the same.
 *
 * @param api where the backend is; undefined where it does not answer
 */
export async function checkFunctions(env: Pick<Env, 'inngest'>, api: string | undefined): Promise<Finding> {
  const cure = `Tell Inngest where the backend is: \`curl -X PUT ${api ?? 'https://your-backend'}/api/inngest\`, after each deployment.`;
  if (env.inngest.dev !== false) {
    const answer = await askFor(`${placeOf(env)}/dev`);
    const { functions = [] } = (answer?.json ?? {}) as { functions?: { slug?: string; id?: string }[] };
    const own = functions.filter(({ slug, id }) => (slug ?? id)?.startsWith('frontdesk-'));
    if (own.length > 0) return fine(`Inngest knows ${own.length}`);
    return trouble('Inngest knows none of the backend’s functions: users do not reach MongoDB', cure);
  }
  if (api === undefined) return notChecked('the backend does not answer');
  const answer = await askFor(`${api}/api/inngest`, { method: 'PUT' });
  if (answer?.status === 200) return fine('Inngest takes the backend’s functions');
  return trouble(
    'Inngest does not take the backend’s functions: users do not reach MongoDB',
    `Check INNGEST_SIGNING_KEY, and that Inngest can reach the backend. ${cure}`,
  );
}
