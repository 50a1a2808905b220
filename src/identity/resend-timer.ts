import type { Logger } from 'pino';

/** How often a backend looks for what was not handled, ms. */
const EVERY_MS = 30_000;

/**
 * Runs `resend` again and again, one run after the other. In the backend itself: an Inngest that was restarted may have
 * forgotten its schedules together with the events.
 *
 * @returns stops it, and resolves when a run that is under way is over
 */
export function startResending(resend: () => Promise<unknown>, log: Logger): () => Promise<void> {
  let underWay: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  let isStopped = false;

  async function run(): Promise<void> {
    try {
      await resend();
    } catch (error) {
      log.warn({ err: error }, 'unhandled events could not be sent again');
    }
    if (!isStopped) wait();
  }

  function wait(): void {
    timer = setTimeout(() => {
      underWay = run();
    }, EVERY_MS).unref();
  }

  wait();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await underWay;
  };
}
