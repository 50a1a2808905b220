import { startBackend } from '../../src/backend.ts';
import { parseEnv } from '../../src/config/env.ts';
import { report } from './answer.ts';

// The whole backend, as it runs in production.
const { url } = await startBackend(parseEnv({ ...process.env, PORT: '0', HOST: '127.0.0.1' }));
report(Number(new URL(url).port));
