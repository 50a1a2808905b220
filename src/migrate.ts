import { parseArgs } from 'node:util';
import { connectDatabase, createIndexes } from './config/database.ts';
import { loadDotEnv } from './config/dot-env.ts';
import { parseEnv } from './config/env.ts';
import { registerModels } from './models.ts';

const HELP = `npm run migrate

Makes the indexes that the backend needs, in the MongoDB of MONGODB_URI. Those that are there stay; done again, it
does no harm. Run it before a new version starts: in production the backend makes none itself.

  -h, --help   this text
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const { values } = parseArgs({ args, options: { help: { type: 'boolean', short: 'h' } } });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  try {
    await migrate();
    process.stdout.write('All indexes are there.\n');
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function migrate(): Promise<void> {
  loadDotEnv();
  const connection = await connectDatabase(parseEnv(process.env).mongodbUri);
  try {
    registerModels(connection);
    await createIndexes(connection);
  } finally {
    await connection.close();
  }
}
