import { type Inngest, NonRetriableError } from 'inngest';
import { z } from 'zod';
import { ENDED_SESSION_TYPES, isHandled, mirroredData, subjectOf } from '../clerk-event.ts';
import { svixIdOf } from '../forward.ts';
import { type Handled, type IncomingEvent, typeOf } from '../handle-event.ts';
import type { Ledger } from '../ledger.ts';

export interface MirrorFunctionParts {
  inngest: Inngest.Any;
  ledger: Ledger;
  handle(event: IncomingEvent): Promise<Handled>;
  /** Asks for a user's welcome e-mail. */
  askForWelcome(clerkId: string): Promise<void>;
}

/** After the first attempt, in about four hours: long enough for a MongoDB that is being mended. */
const RETRIES = 10;

/**
 * The functions that bring Clerk's events into the mirror: `sync-user` (A17), `update-user` (B8), `delete-user`,
 * `end-session` (B10). An event that fails to the last becomes a dead letter in the ledger.
 */
export function mirrorFunctions({ inngest, ledger, handle, askForWelcome }: MirrorFunctionParts) {
  async function run(event: IncomingEvent): Promise<Handled> {
    try {
      return await handle(event);
    } catch (error) {
      // Another try would read the same data.
      if (error instanceof z.ZodError)
        throw new NonRetriableError('not what Clerk promises', { cause: error });
      throw error;
    }
  }

  async function bury(event: IncomingEvent, error: Error): Promise<void> {
    const type = typeOf(event);
    const data = (event.data ?? {}) as Record<string, unknown>;
    await ledger.fail(
      {
        svixId: svixIdOf(event.id ?? ''),
        type,
        clerkId: subjectOf(type, data),
        timestamp: event.ts ?? 0,
        payload: isHandled(type) ? readable(type, data) : undefined,
      },
      `${error.name}: ${error.message}`,
    );
  }

  const define = (id: string, events: readonly string[]) =>
    inngest.createFunction(
      {
        id,
        triggers: events.map((event) => ({ event })),
        retries: RETRIES,
        onFailure: ({ event, error }) => bury(event.data.event as IncomingEvent, error),
      },
      // Without steps: all of it may be repeated, and each step would be one more call of Inngest's.
      async ({ event }) => {
        const handled = await run(event as IncomingEvent);
        if (handled.isWelcomeDue) await askForWelcome(handled.clerkId);
        return handled;
      },
    );

  return [
    define('sync-user', ['clerk.user.created']),
    define('update-user', ['clerk.user.updated']),
    define('delete-user', ['clerk.user.deleted']),
    define(
      'end-session',
      ENDED_SESSION_TYPES.map((type) => `clerk.${type}`),
    ),
  ];
}

function readable(type: string, data: unknown): Record<string, unknown> | undefined {
  try {
    return mirroredData(type, data);
  } catch {
    return undefined;
  }
}
