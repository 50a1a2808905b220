import { afterEach, beforeEach, expect, test } from 'vitest';
import { startClerkEmulator } from '../index.ts';
import { clientOf } from '../testing/client.ts';
import { type Receiver, startReceiver } from '../testing/receiver.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

test.each([
  { parallel: undefined, underWay: 1 },
  { parallel: 3, underWay: 3 },
])(
  'under faults with parallel: $parallel, $underWay messages are under way at once',
  async ({ parallel, underWay }) => {
    const clerk = await startClerkEmulator({ webhookUrl: receiver.url });
    clerk.webhookFaults = { seed: 1, parallel };
    receiver.answer = () => 'nothing';
    const { users } = clientOf(clerk);
    for (let n = 0; n < 5; n++) await users.createUser({ username: `user_${n}` });
    await expect.poll(() => receiver.received.length).toBe(underWay);
    await clerk.stop();
    expect(receiver.received).toHaveLength(underWay);
  },
);
