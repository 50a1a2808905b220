import { type Inngest, RetryAfterError } from 'inngest';
import type { Welcome } from '../welcome.ts';

const WELCOME_DUE = 'frontdesk/user.welcome-due';

/** @param reminder which reminder it is: 0 for the first event, of which Inngest keeps one a day */
export function welcomeEvent(clerkId: string, reminder = 0) {
  return {
    id: reminder === 0 ? `welcome-${clerkId}` : `welcome-${clerkId}-${reminder}`,
    name: WELCOME_DUE,
    data: { clerkId },
  };
}

/** `send-welcome-email`: a function of its own, so that a mail server that is down holds up nothing else (B9). */
export function sendWelcomeEmail({ inngest, welcome }: { inngest: Inngest.Any; welcome: Welcome }) {
  return inngest.createFunction(
    { id: 'send-welcome-email', triggers: { event: WELCOME_DUE }, retries: 4 },
    async ({ event }) => {
      const result = await welcome.send(String(event.data.clerkId));
      if (result === 'busy') throw new RetryAfterError('another process is sending it', '2m');
      return { result };
    },
  );
}
