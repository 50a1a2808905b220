/** Only the backend's own code may see it, or nobody has checked it: neither is anything that events are for. */
const NEVER_SENT = new Set(['private_metadata', 'unsafe_metadata']);

/** Where and with what somebody was signed in, and who he is: a session's event is about the session. */
const NOT_OF_SESSIONS = new Set(['user', 'latest_activity']);

/**
 * An event's data as it leaves for Inngest, which keeps a history that an erasure here does not reach: without private
 * and unsafe metadata at any depth, and a session's without its user and his whereabouts.
 */
export function minimised(type: string, data: Record<string, unknown>): Record<string, unknown> {
  const own = type.startsWith('session.')
    ? Object.fromEntries(Object.entries(data).filter(([key]) => !NOT_OF_SESSIONS.has(key)))
    : data;
  return strip(own) as Record<string, unknown>;
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !NEVER_SENT.has(key))
      .map(([key, inner]) => [key, strip(inner)]),
  );
}
