import { cron, type Inngest } from 'inngest';
import { inngestEvent } from '../forward.ts';
import type { Ledger } from '../ledger.ts';
import type { LedgerEvent } from '../ledger-model.ts';
import type { Welcome } from '../welcome.ts';
import { welcomeEvent } from './send-welcome-email.ts';

export interface ResendParts {
  inngest: Inngest.Any;
  ledger: Ledger;
  welcome: Welcome;
  now: () => number;
}

export const RESEND_REQUESTED = 'frontdesk/events.resend-requested';

const AT_ONCE = 200;

/** So many events at most in one run: the next minute takes the rest. */
const MOST = 10_000;

/**
 * Sends again, under a new event id, what the ledger has as received and nobody handled: an Inngest can lose what it
 * acknowledged. Likewise the welcome e-mails that are due and were not sent.
 *
 * @returns how many of each
 */
export async function resendUnhandled({ inngest, ledger, welcome, now }: ResendParts) {
  let events = 0;
  while (events < MOST) {
    const due = await ledger.claimDue(AT_ONCE);
    if (due.length === 0) break;
    try {
      await inngest.send(due.map((row) => again(row, now())));
    } catch (error) {
      await ledger.release(due);
      throw error;
    }
    events += due.length;
  }
  let welcomes = 0;
  while (welcomes < MOST) {
    const overdue = await welcome.claimOverdue(AT_ONCE);
    if (overdue.length === 0) break;
    await inngest.send(overdue.map((clerkId) => welcomeEvent(clerkId, now())));
    welcomes += overdue.length;
  }
  return { events, welcomes };
}

function again({ _id, type, timestamp, payload }: LedgerEvent, now: number) {
  return inngestEvent({ svixId: _id, type, timestamp, data: payload ?? {} }, now, { isAgain: true });
}

/** `resend-unhandled-events`, every minute and on demand. The backend's own timer does the same. */
export function resendUnhandledEvents(parts: ResendParts) {
  return parts.inngest.createFunction(
    {
      id: 'resend-unhandled-events',
      triggers: [cron('* * * * *'), { event: RESEND_REQUESTED }],
      retries: 0,
      concurrency: 1,
    },
    () => resendUnhandled(parts),
  );
}
