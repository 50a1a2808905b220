import { startBackend } from './backend.ts';
import { loadDotEnv } from './config/dot-env.ts';
import { EnvError, parseEnv } from './config/env.ts';

/** How long requests in flight may take after SIGTERM, ms: below the 30 s that orchestrators wait before they kill. */
const DRAIN_MS = 25_000;

loadDotEnv();
try {
  const backend = await startBackend(parseEnv(process.env));
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
    void backend.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
} catch (error) {
  process.stderr.write(`${error instanceof EnvError ? error.message : explain(error)}\n`);
  process.exit(1);
}

function explain(error: unknown): string {
  return error instanceof Error ? `Frontdesk cannot start: ${error.message}` : 'Frontdesk cannot start.';
}
