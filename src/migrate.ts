import { connectDatabase, createIndexes } from './config/database.ts';
import { parseEnv } from './config/env.ts';
import { registerModels } from './models.ts';

try {
  const connection = await connectDatabase(parseEnv(process.env).mongodbUri);
  registerModels(connection);
  await createIndexes(connection);
  await connection.close();
  process.stdout.write('All indexes are there.\n');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
