import { createClerkClient } from '@clerk/backend';
import type { Connection } from 'mongoose';
import type { Env } from '../../config/env.ts';
import { type ClerkUser, profileOf } from '../../identity/clerk-event.ts';
import { createClerkUsers } from '../../identity/clerk-users.ts';
import type { Profile } from '../../identity/mirror.ts';
import type { User } from '../../identity/user.ts';
import { userModel } from '../../identity/user-model.ts';
import { type Finding, fine, trouble } from '../finding.ts';

/** Whether MongoDB has a user as Clerk has him, and whether he gets in. */
export async function checkUser(
  { clerk }: Pick<Env, 'clerk'>,
  connection: Connection,
  id: string,
): Promise<Finding> {
  const { publishableKey, secretKey, apiUrl } = clerk;
  const client = createClerkClient({ publishableKey, secretKey, apiUrl, telemetry: { disabled: true } });
  let there: ClerkUser | null;
  try {
    there = await createClerkUsers(client).get(id);
  } catch {
    return trouble(`Clerk cannot be asked about ${id}`, 'Run the doctor again in a minute.');
  }
  const here = await userModel(connection).findOne({ clerkId: id }).lean<User>();
  return compared(id, there && profileOf(there), here);
}

function compared(id: string, there: Profile | null, here: User | null): Finding {
  const sync = `Run \`npm run sync -- --user ${id}\`.`;
  if (there === null) {
    if (here === null)
      return trouble(
        `${id} is neither in Clerk nor in MongoDB`,
        'Check the id, and that the keys are of his instance.',
      );
    if (here.status === 'deleted') return fine(`${id} is deleted, in Clerk and here`);
    return trouble(`${id} is in MongoDB and no longer in Clerk: his user.deleted has not arrived`, sync);
  }
  if (here === null) {
    return trouble(
      `${id} is in Clerk and not in MongoDB: his user.created has not arrived, or was not handled`,
      `${sync} Then see in Clerk’s dashboard, Webhooks, that this endpoint gets user.created, user.updated and user.deleted.`,
    );
  }
  if (here.status === 'deleted') {
    return trouble(
      `${id} was deleted here, and is in Clerk`,
      'A deletion is final: let him sign up again, as a new user.',
    );
  }
  const fields = (['email', 'emailVerified', 'name', 'imageUrl', 'role', 'status'] as const).filter(
    (field) => there[field] !== here[field],
  );
  if (fields.length > 0)
    return trouble(`${id} differs between Clerk and MongoDB in ${fields.join(', ')}`, sync);
  if (here.status !== 'active') {
    return trouble(
      `${id} is ${here.status} in Clerk: every request of his is refused`,
      'Unban or unlock him in Clerk’s dashboard, Users, or by `POST /api/admin/users/:id/unban`.',
    );
  }
  return fine(`${id} is the same in Clerk and in MongoDB: active, with the role ${here.role}`);
}
