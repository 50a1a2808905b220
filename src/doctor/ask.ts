export interface Answer {
  status: number;
  headers: Headers;
  /** The body; undefined where it is not JSON. */
  json: unknown;
}

const TIMEOUT_MS = 5000;

/** Asks an HTTP server. Undefined where it does not answer within 5 s. */
export async function askFor(url: string, init: RequestInit = {}): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, json: parsed(text) };
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
