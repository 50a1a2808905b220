import type { Inngest } from 'inngest';
import type { Logger } from 'pino';
import { createBatcher } from './batcher.ts';
import type { Ledger, ReceivedEvent } from './ledger.ts';
import { within } from './within.ts';

/** A verified event with the data that goes to Inngest. */
export interface ForwardedEvent extends ReceivedEvent {
  data: Record<string, unknown>;
  /** Of the body it came in. */
  bytes: number;
}

export interface ForwardOptions {
  inngest: Inngest.Any;
  ledger: Ledger;
  now: () => number;
  log: Logger;
  /** How long Inngest may take, ms. */
  sendMs?: number;
}

/** The ledger's row may take so long, ms; then the event goes on without it. */
const LEDGER_MS = 1000;

/**
 * Inngest may take so long, ms. A delivery waits at most for the batch ahead of its own and for its own: with that it is
 * answered within 12 s of the 15 s that Svix waits.
 */
const SEND_MS = 6000;

/** A batch costs as much as ten events, in calls to Inngest and MongoDB: under load it is worth a short wait, ms. */
const GAP_MS = 10;

const MOST_ITEMS = 200;
const MOST_BYTES = 256 * 1024;

/**
 * Hands events to Inngest, and notes them in the ledger. Events that come together share one write and one send; each
 * promise settles by its own outcome. Inngest alone decides it: the ledger may be away.
 */
export function createForwarder({ inngest, ledger, now, log, sendMs = SEND_MS }: ForwardOptions) {
  async function note(events: ForwardedEvent[]): Promise<void> {
    try {
      await within(LEDGER_MS, ledger.receive(events), 'the ledger did not answer');
    } catch (error) {
      log.warn({ err: error, events: events.length }, 'webhook events not in the ledger');
    }
  }

  async function send(events: ForwardedEvent[]): Promise<void> {
    const payloads = events.map((event) => inngestEvent(event, now()));
    await within(sendMs, inngest.send(payloads), 'Inngest did not answer');
  }

  async function sendAll(events: ForwardedEvent[]): Promise<unknown[]> {
    try {
      await send(events);
      return [];
    } catch (error) {
      if (events.length === 1 || !isAboutOneEvent(error)) return events.map(() => error);
      return Promise.all(
        events.map((event) =>
          send([event]).then(
            () => undefined,
            (own: unknown) => own,
          ),
        ),
      );
    }
  }

  return createBatcher<ForwardedEvent>({
    mostItems: MOST_ITEMS,
    mostBytes: MOST_BYTES,
    gapMs: GAP_MS,
    bytesOf: ({ bytes }) => bytes,
    async flush(events) {
      const [errors] = await Promise.all([sendAll(events), note(events)]);
      return errors;
    },
  });
}

/**
 * An event as Inngest gets it (A16). Its id makes Inngest run it once; sent again, for Inngest took and lost it, it has
 * another one. A timestamp in the future would delay the run.
 */
export function inngestEvent(
  { svixId, type, timestamp, data }: Pick<ForwardedEvent, 'svixId' | 'type' | 'timestamp' | 'data'>,
  now: number,
  { isAgain = false } = {},
) {
  return {
    id: isAgain ? `${svixId}#${now}` : svixId,
    name: `clerk.${type}`,
    data,
    ts: Math.min(timestamp, now),
  };
}

/** The svix-id of an event that Inngest hands back. */
export function svixIdOf(eventId: string): string {
  return eventId.split('#', 1)[0] ?? eventId;
}

/** Inngest refused the request for what it holds, so that one event may have spoilt it for the others. */
function isAboutOneEvent(error: unknown): boolean {
  return error instanceof Error && /^Inngest API Error: 4(00|13)\b/.test(error.message);
}
