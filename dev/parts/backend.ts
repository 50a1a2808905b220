import { once } from 'node:events';
import { rmSync } from 'node:fs';

/**
 * The backend as a part of `npm run dev`: the program as it is, and beside it what `src/` need not know: its
 * parent sends it the variables and is told when it listens, and when the parent is gone it takes away the parent's local.json (the first argument), which
 * nobody else can, and ends.
 */
const [localJson] = process.argv.slice(2);

process.on('disconnect', () => {
  if (localJson !== undefined) rmSync(localJson, { force: true });
  setTimeout(() => process.exit(1), 2000).unref();
  process.kill(process.pid, 'SIGTERM');
});
const variables = once(process, 'message');
// Most of a start is loading: it need not wait until the emulators are there.
await import('../../src/backend.ts');
Object.assign(process.env, (await variables)[0]);
await import('../../src/main.ts');
process.send?.({ ready: {} });
