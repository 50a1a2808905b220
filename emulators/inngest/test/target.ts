/** A server that the tests of the protocol run against: the emulator, or the real one. */
export interface Target {
  name: 'emulator' | 'real server';
  url: string;
  /** Lets time pass: turns the emulator's clock, or waits a little for the real one's. */
  pass(ms: number): Promise<void>;
  stop(): Promise<void>;
}

export interface ShownRun {
  run_id: string;
  status: string;
  output?: unknown;
  cron?: string;
  event_id: string;
  ended_at?: string | null;
}

let unique = 0;

/** Asks the REST API; the real server keeps an answer for a while under its whole URL, so that is made a new one. */
export async function get(target: Target, path: string): Promise<{ status: number; body: unknown }> {
  const url = new URL(path, target.url);
  url.searchParams.set('fresh', String(unique++));
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}

/** The runs of an event, by its internal id. */
export async function runsOf(target: Target, eventId: string): Promise<ShownRun[]> {
  const { body } = await get(target, `/v1/events/${eventId}/runs`);
  return (body as { data: ShownRun[] | null }).data ?? [];
}

/** Waits until an event has so many runs and all of them have ended. */
export async function ended(target: Target, eventId: string, count = 1): Promise<ShownRun[]> {
  const give = Date.now() + 60_000;
  for (;;) {
    const runs = await runsOf(target, eventId);
    // The real server calls a run failed while it waits for its next attempt: its end is what counts.
    if (runs.length >= count && runs.every(({ ended_at }) => ended_at)) return runs;
    if (Date.now() > give) throw new Error(`runs of ${eventId} did not end: ${JSON.stringify(runs)}`);
    await target.pass(15_000);
  }
}

/** Waits until a condition holds, letting time pass. */
export async function until(target: Target, condition: () => boolean | Promise<boolean>): Promise<void> {
  const give = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > give) throw new Error(`it never became true: ${condition}`);
    await target.pass(1_000);
  }
}
