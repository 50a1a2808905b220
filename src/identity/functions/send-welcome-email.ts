import { type Inngest, RetryAfterError } from 'inngest';
import { createBatcher } from '../batcher.ts';
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

const MOST_AT_ONCE = 200;

/** Asks for users' welcome e-mails; those that are asked for at about the same time share one send. */
export function createAskForWelcome(inngest: Inngest.Any): (clerkId: string) => Promise<void> {
  return createBatcher<string>({
    async flush(clerkIds) {
      await inngest.send(clerkIds.map((clerkId) => welcomeEvent(clerkId)));
      return [];
    },
    bytesOf: () => 0,
    mostItems: MOST_AT_ONCE,
    mostBytes: 0,
  });
}

/** `send-welcome-email`: a function of its own, so that a mail server that is down holds up nothing else (B9). */
export function sendWelcomeEmail({ inngest, welcome }: { inngest: Inngest.Any; welcome: Welcome }) {
  return inngest.createFunction(
    { id: 'send-welcome-email', triggers: { event: WELCOME_DUE }, retries: 4 },
    async ({ event }) => {
      const result = await welcome.send(String(event.data.clerkId));
      if (result === 'busy')
        throw new RetryAfterError('it is being sent already, or others are ahead of it', '2m');
      return { result };
    },
  );
}
