import { rmSync } from 'node:fs';

/**
 * The backend as a part of `npm run dev`: the program as it is, and beside it what `src/` need not know: it tells its
 * parent when it listens, and when the parent is gone it takes away the parent's local.json (the first argument), which
 * nobody else can, and ends.
 */
const [localJson] = process.argv.slice(2);

process.on('disconnect', () => {
  if (localJson !== undefined) rmSync(localJson, { force: true });
  setTimeout(() => process.exit(1), 2000).unref();
  process.kill(process.pid, 'SIGTERM');
});
await import('../../src/main.ts');
process.send?.({ ready: {} });
