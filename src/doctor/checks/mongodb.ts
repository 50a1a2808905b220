import type { Connection } from 'mongoose';
import { connectDatabase } from '../../config/database.ts';
import { scrub } from '../../config/log.ts';
import { registerModels } from '../../models.ts';
import { type Finding, fine, trouble } from '../finding.ts';

/** MongoDB's codes for a user or a password that is wrong: its own, and Atlas's. */
const AUTHENTICATION_FAILED = new Set<unknown>([18, 8000]);

/** Whether MongoDB answers. The connection, where there is one, is the caller's to close. */
export async function checkMongodb(
  uri: string,
): Promise<{ connection: Connection | undefined; finding: Finding }> {
  try {
    const connection = await connectDatabase(uri);
    return { connection, finding: fine(`answers; ${await topology(connection)}`) };
  } catch (error) {
    return { connection: undefined, finding: refused(error) };
  }
}

async function topology(connection: Connection): Promise<string> {
  const hello = await connection.db?.admin().command({ hello: 1 });
  if (hello?.msg === 'isdbgrid') return 'a sharded cluster';
  if (hello?.setName) return `the replica set ${hello.setName}`;
  return 'a standalone server, which is enough, but does not outlive its machine: see docs/guides/sync.md';
}

function refused(error: unknown): Finding {
  const { message, cause } = error as Error;
  if (AUTHENTICATION_FAILED.has((cause as { code?: unknown } | undefined)?.code)) {
    return trouble(
      'MongoDB refuses the user or the password in MONGODB_URI',
      'Check both; characters such as @ or / in a password must be percent-encoded.',
    );
  }
  const [what = '', cure = 'check MONGODB_URI'] = scrub(message).split(': ', 2);
  return trouble(what, `${cure.charAt(0).toUpperCase()}${cure.slice(1)}`);
}

/** Whether the indexes are there that the models declare. */
export async function checkIndexes(connection: Connection): Promise<Finding> {
  registerModels(connection);
  const missing: string[] = [];
  for (const model of Object.values(connection.models)) {
    const { toCreate } = await model.diffIndexes();
    for (const index of toCreate) missing.push(`${model.collection.name}(${Object.keys(index).join(', ')})`);
  }
  if (missing.length === 0) return fine('all there');
  return trouble(`${missing.length} are missing: ${missing.join(', ')}`, 'Run `npm run migrate`.');
}
