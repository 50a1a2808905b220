import { type ClerkClient, createClerkClient } from '@clerk/backend';
import type { ClerkEmulator } from '../index.ts';

/** The official client, unchanged. */
export function clientOf(clerk: ClerkEmulator, apiUrl = clerk.apiUrl): ClerkClient {
  const { secretKey, publishableKey } = clerk;
  return createClerkClient({ secretKey, publishableKey, apiUrl, telemetry: { disabled: true } });
}

interface Refusal {
  status: number | undefined;
  code: string | undefined;
  param: unknown;
  text: string | undefined;
}

/** What a call of the client is refused with; fails where it is not refused. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) =>
      reason as { status?: number; errors?: { code: string; longMessage?: string; meta?: unknown }[] },
  );
  if (error?.errors === undefined) throw new Error('the call was not refused by the API', { cause: error });
  const [first] = error.errors;
  const meta = first?.meta as { paramName?: string } | undefined;
  return { status: error.status, code: first?.code, param: meta?.paramName, text: first?.longMessage };
}
