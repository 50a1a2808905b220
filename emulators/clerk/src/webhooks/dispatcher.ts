import type { Clock, Storage } from '@frontdesk/emulator-kit';
import type { Timers } from '../timers.ts';
import type { Attempt, AttemptReason, MessageRow, MessageStore } from './message-store.ts';
import { createPost } from './post.ts';
import { pauseAfter } from './retry-schedule.ts';
import { svixSignature } from './signature.ts';

const PARALLEL = 16;
/** A receiver that has not answered by then has failed (docs.svix.com/retries). */
const ANSWER_WITHIN_MS = 15_000;

export interface DispatcherOptions {
  storage: Storage;
  clock: Clock;
  timers: Timers;
  messages: MessageStore;
  /** Where messages go, or undefined where nowhere. */
  url(): string | undefined;
  /** The secrets that sign, the newest first. */
  secrets(): readonly string[];
  /** How many messages may be under way at once, if fewer than usual; with 1, in the order of their falling due. */
  parallel(): number | undefined;
  /** Called after each attempt. */
  onAttempt(): void;
}

/** Delivers messages as they fall due, and again where that fails. */
export interface Dispatcher {
  /** To be called when something may have fallen due. */
  wake(): void;
  /** Sends a message once more, whatever became of it before. */
  resend(message: MessageRow): Promise<void>;
  /** Resolves when nothing is under way and nothing is due by the clock. */
  idle(): Promise<void>;
  /** Breaks off what is under way, as if it had never been begun, does `work`, and goes on. */
  breakOff(work: () => void): Promise<void>;
  stop(): Promise<void>;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { storage, clock, timers, messages } = options;
  const { post, close } = createPost(PARALLEL);
  const underWay = new Map<number, Promise<void>>();
  const aborters = new Set<AbortController>();
  let halt = new AbortController();
  let stopped = false;
  let resends = 0;
  let waiting: (() => void)[] = [];
  let takeBackAlarm = () => {};

  const wake = () => {
    takeBackAlarm();
    if (stopped || halt.signal.aborted) return;
    if (options.url() !== undefined) {
      for (const message of startable()) start(message);
      const next = messages.nextDueAfter(clock.now());
      if (next !== undefined) takeBackAlarm = timers.at(next, wake);
    }
    if (underWay.size > 0 || resends > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  };

  const startable = () => {
    const free = Math.min(options.parallel() ?? PARALLEL, PARALLEL) - underWay.size;
    if (free <= 0) return [];
    const due = messages.due(clock.now(), underWay.size + free);
    return due.filter(({ seq }) => !underWay.has(seq)).slice(0, free);
  };

  const start = (message: MessageRow) => {
    const delivery = deliver(message).finally(() => {
      underWay.delete(message.seq);
      wake();
    });
    underWay.set(message.seq, delivery);
  };

  const deliver = async (message: MessageRow) => {
    const { signal } = halt;
    const attempt = await send(message, 'schedule');
    if (signal.aborted) return;
    storage.transaction(() => {
      messages.addAttempt(message.seq, attempt);
      const tries = message.tries + 1;
      const pause = pauseAfter(tries);
      if (isAccepted(attempt)) messages.setState(message.seq, 'delivered', tries, null);
      else if (pause === undefined) messages.setState(message.seq, 'failed', tries, null);
      else messages.setState(message.seq, 'pending', tries, clock.now() + pause);
    });
    options.onAttempt();
    const copies = message.tries === 0 ? message.copies : 0;
    for (let copy = 0; copy < copies; copy++) await sendAgain(message, 'duplicate', signal);
  };

  const sendAgain = async (message: MessageRow, reason: AttemptReason, signal: AbortSignal) => {
    const attempt = await send(message, reason);
    if (signal.aborted) return;
    storage.transaction(() => {
      const current = messages.find(message.id);
      if (current === undefined) return;
      messages.addAttempt(message.seq, attempt);
      if (isAccepted(attempt)) messages.setState(message.seq, 'delivered', current.tries, null);
    });
    options.onAttempt();
  };

  const send = async (message: MessageRow, reason: AttemptReason): Promise<Attempt> => {
    const url = options.url() ?? '';
    // By the machine's clock, not the emulator's: the receiver compares it with its own.
    const timestamp = Math.floor(Date.now() / 1000);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Svix-Webhooks/1.0 (Clerk emulator)',
      'svix-id': message.id,
      'svix-timestamp': String(timestamp),
      'svix-signature': svixSignature(options.secrets(), message.id, timestamp, message.body),
    };
    const startedAt = clock.now();
    const begun = performance.now();
    const made = { reason, url, headers, startedAt };
    const aborter = new AbortController();
    let late = false;
    const takeBack = timers.at(startedAt + ANSWER_WITHIN_MS, () => {
      late = true;
      aborter.abort();
    });
    aborters.add(aborter);
    try {
      const { status, text } = await post(url, headers, message.body, aborter.signal);
      return { ...made, durationMs: since(begun), status, answer: text, error: null };
    } catch (cause) {
      const error = late ? `no answer within ${ANSWER_WITHIN_MS / 1000} s` : reasonOf(cause);
      return { ...made, durationMs: since(begun), status: null, answer: null, error };
    } finally {
      aborters.delete(aborter);
      takeBack();
    }
  };

  /** Ends the posts that are under way; those who wait for them see that `halt` has been aborted. */
  const abortPosts = async () => {
    halt.abort();
    for (const aborter of aborters) aborter.abort();
    await Promise.all(underWay.values());
  };

  return {
    wake,
    async resend(message) {
      resends++;
      try {
        await sendAgain(message, 'manual', halt.signal);
      } finally {
        resends--;
        wake();
      }
    },
    idle: () =>
      new Promise((resolve) => {
        if (stopped) return resolve();
        waiting.push(resolve);
        wake();
      }),
    async breakOff(work) {
      await abortPosts();
      work();
      halt = new AbortController();
      wake();
    },
    async stop() {
      stopped = true;
      takeBackAlarm();
      await abortPosts();
      close();
      for (const resolve of waiting) resolve();
    },
  };
}

const since = (begun: number) => Math.round(performance.now() - begun);

const isAccepted = ({ status }: Attempt) => status !== null && status >= 200 && status < 300;

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause ? String(cause.code) : cause.name;
  return cause.message === '' ? code : cause.message;
}
