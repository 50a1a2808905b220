import type { Document } from '../bson/document.ts';
import { CommandError, codes } from '../errors.ts';
import type { CommandContext } from './command.ts';

/** How many statements one command may have: MongoDB's own limit. */
export const MAX_WRITE_BATCH = 100_000;

/**
 * Runs the statements of a write command. A statement that fails is reported with its index; an ordered command stops
 * there.
 *
 * @throws CommandError a write conflict in a transaction, which ends the whole command
 */
export function runStatements(
  statements: readonly Document[],
  ordered: boolean,
  { inTransaction }: CommandContext,
  run: (statement: Document, index: number) => void,
): { writeErrors?: Document[] } {
  if (statements.length === 0 || statements.length > MAX_WRITE_BATCH) {
    throw new CommandError(
      'InvalidLength',
      `Write batch sizes must be between 1 and ${MAX_WRITE_BATCH}. Got ${statements.length} operations.`,
    );
  }
  const writeErrors: Document[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      run(statement, index);
    } catch (error) {
      if (!(error instanceof CommandError) || (inTransaction && error.code === codes.WriteConflict))
        throw error;
      writeErrors.push({ index, code: error.code, errmsg: error.message, ...error.extra });
      if (ordered || inTransaction) break;
    }
  }
  return writeErrors.length > 0 ? { writeErrors } : {};
}
