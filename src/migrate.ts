import { connectDatabase, createIndexes } from './config/database.ts';
import { EnvError, parseEnv } from './config/env.ts';
import { registerModels } from './models.ts';

try {
  const connection = await connectDatabase(parseEnv(process.env).mongodbUri);
  registerModels(connection);
  await createIndexes(connection);
  await connection.close();
  process.stdout.write('All indexes are there.\n');
} catch (error) {
  const text = error instanceof EnvError || error instanceof Error ? error.message : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
