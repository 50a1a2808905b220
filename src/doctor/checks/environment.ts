import { type Env, EnvError, parseEnv } from '../../config/env.ts';
import { type Finding, fine, trouble } from '../finding.ts';

/** Whether the keys are there, of the right kind, and of one kind of instance: what the backend checks at its start. */
export function checkEnvironment(source: Record<string, string | undefined>): {
  env: Env | undefined;
  finding: Finding;
} {
  try {
    const env = parseEnv(source);
    const message = `complete, for ${env.nodeEnv}, with the Clerk instance ${new URL(env.clerk.issuer).host}`;
    return { env, finding: fine(message) };
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    const cure =
      'Mend these in the environment or in .env; .env.example has them all. Then run the doctor again.';
    return { env: undefined, finding: trouble(error.faults.join('\n'), cure) };
  }
}
