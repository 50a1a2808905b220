import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection } from 'mongodb';
import { expect } from 'vitest';
import type { LedgerEvent } from '../../src/identity/ledger-model.ts';
import type { Clerk } from './clerk.ts';
import type { InngestControl } from './inngest.ts';
import type { Parts } from './parts.ts';
import { type Plan, type Strike, VICTIMS } from './plan.ts';

export interface Storm {
  clerk: Clerk;
  inngest: InngestControl;
  parts: Parts;
  events: Collection<LedgerEvent>;
}

/** How long all parts may take to be up again, and a loss to be noticed, ms. */
const UP_WITHIN_MS = 30_000;

/**
 * Does what the plan has in store for the parts, until it is told to end.
 *
 * @returns how many events Inngest was made to lose
 */
export async function rage(plan: Plan, storm: Storm, isOver: () => boolean): Promise<number> {
  let losses = 0;
  for (const strike of plan.strikes()) {
    await sleep(strike.pause);
    if (isOver()) break;
    losses += await hit(strike, storm);
  }
  return losses;
}

async function hit(strike: Strike, storm: Storm): Promise<number> {
  const { clerk, inngest, parts } = storm;
  switch (strike.kind) {
    case 'kill':
      for (const victim of strike.victims) parts.get(victim).kill();
      return 0;
    case 'clerkApi': {
      const { method, path, times, status } = strike;
      const retry = status === 429 ? { retryAfterSeconds: 1 } : {};
      await clerk.control('POST', '/faults/api', {
        method,
        path,
        times,
        ...(status ? { status } : {}),
        ...retry,
      });
      return 0;
    }
    case 'inngest':
      await inngest.fail(strike);
      return 0;
    case 'turnClerk':
      await clerk.control('POST', '/advance', { ms: strike.ms });
      return 0;
    case 'loss':
      return lose(strike.count, storm);
  }
}

/**
 * Inngest forgets events that it has acknowledged. What it forgets while MongoDB is away is in no ledger and would be gone
 * for ever, so all parts are up, and stay so until the events are noted: a batch of webhooks is noted before the next one
 * begins.
 */
async function lose(count: number, { inngest, parts, events }: Storm): Promise<number> {
  await allUp(parts);
  await inngest.fail({ on: 'events', do: 'lose', count });
  const options = { timeout: UP_WITHIN_MS };
  await expect
    .poll(async () => (await inngest.faults()).some(({ do: what }) => what === 'lose'), options)
    .toBe(false);
  const lostBy = new Date();
  await expect.poll(() => events.countDocuments({ receivedAt: { $gt: lostBy } }), options).toBeGreaterThan(0);
  return count;
}

/** Every part answers again, and the backend has found its database. */
export async function allUp(parts: Parts): Promise<void> {
  const down = () => VICTIMS.filter((name) => !parts.get(name).isUp());
  await expect.poll(down, { timeout: UP_WITHIN_MS }).toEqual([]);
  const isReady = () =>
    fetch(`${parts.at.api}/api/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await expect.poll(isReady, { timeout: UP_WITHIN_MS }).toBe(true);
}
