import { loadDotEnv } from '../config/dot-env.ts';
import { HELP, readFlags } from './flags.ts';
import { isUnset, localEnvironment } from './local-environment.ts';
import { pipedToken } from './piped-token.ts';
import { isWell, jsonReport, textReport } from './report.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let flags: ReturnType<typeof readFlags>;
  try {
    flags = readFlags(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (flags.help) {
    process.stdout.write(HELP);
    return 0;
  }
  loadDotEnv();
  try {
    // Only now: the drivers take a while to load, and help and mistakes are answered without them.
    const { diagnose } = await import('./diagnose.ts');
    const { note, api, environment } = setUp(flags.data);
    const token =
      flags.token === undefined || flags.token === '-'
        ? pipedToken(flags.token === '-')
        : Promise.resolve(flags.token);
    const checks = await diagnose({
      environment,
      api: flags.api ?? api,
      token,
      user: flags.user,
      now: Date.now,
    });
    const isColoured = process.stdout.isTTY && !process.env.NO_COLOR;
    process.stdout.write(flags.json ? jsonReport(checks) : `${note}${textReport(checks, { isColoured })}`);
    return isWell(checks) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** The environment, or where it says nothing that of the `npm run dev` that runs on a data folder. */
function setUp(folder: string) {
  const local = isUnset(process.env) ? localEnvironment(folder) : undefined;
  if (local === undefined) return { note: '', api: undefined, environment: process.env };
  const note = `Nothing is set up in the environment or .env: looking at the \`npm run dev\` in ${folder}.\n\n`;
  return { note, api: local.api, environment: { ...process.env, ...local.environment } };
}
