import { once } from 'node:events';
import { startBackend } from '../../src/backend.ts';
import { parseEnv } from '../../src/config/env.ts';

/**
 * The backend in a process of its own, with a clock that its parent can turn: the first message holds the environment,
 * each later one `{ aheadMs }`, by how much its clock is ahead of the machine's from then on.
 */
const [variables] = (await once(process, 'message')) as [Record<string, string>];
let aheadMs = 0;
process.on('message', (message: { aheadMs: number }) => {
  aheadMs = message.aheadMs;
});
process.on('disconnect', () => process.exit(1));
await startBackend(parseEnv(variables), { now: () => Date.now() + aheadMs });
process.send?.({ ready: {} });
