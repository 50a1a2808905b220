import { startBackend } from '../../src/backend.ts';
import { parseEnv } from '../../src/config/env.ts';

/** The backend in a process of its own, which tells what it has used of the processor. */
const { url } = await startBackend(parseEnv(process.env));
process.send?.({ url });
process.on('message', () => process.send?.(process.cpuUsage()));
