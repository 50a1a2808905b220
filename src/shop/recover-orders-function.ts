import { cron, type Inngest } from 'inngest';
import type { Recovered } from './recover-orders.ts';

export interface RecoverOrdersParts {
  inngest: Inngest.Any;
  recoverOrders(): Promise<Recovered>;
}

/** `recover-orders`, every minute: what a crash left of orders is placed whole, or undone. */
export function recoverOrdersFunction({ inngest, recoverOrders }: RecoverOrdersParts) {
  return inngest.createFunction(
    { id: 'recover-orders', triggers: [cron('* * * * *')], retries: 0, concurrency: 1 },
    () => recoverOrders(),
  );
}
