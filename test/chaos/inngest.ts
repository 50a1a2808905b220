export interface InngestControl {
  /** Makes something go wrong with the next events or calls. False where Inngest does not answer. */
  fail(fault: { on: string; do: string; count: number; by?: string }): Promise<boolean>;
  /** Faults that have not struck as often as they were to. */
  faults(): Promise<readonly { on: string; do: string }[]>;
  clearFaults(): Promise<void>;
  /** Resolves when nothing runs and nothing is due. */
  idle(): Promise<void>;
  /** Turns the clock forward, ms, and lets what falls due run. */
  advance(ms: number): Promise<void>;
}

/** The switches of the Inngest emulator. */
export function createInngestControl(url: string): InngestControl {
  async function request(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${url}/_emulator${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
  async function done(method: string, path: string, body?: unknown): Promise<void> {
    const response = await request(method, path, body);
    if (!response.ok) throw new Error(`Inngest answered ${method} ${path}: ${await response.text()}`);
    await response.body?.cancel();
  }
  return {
    fail: (fault) =>
      request('POST', '/faults', fault).then(
        ({ ok }) => ok,
        () => false,
      ),
    faults: async () => (await (await request('GET', '/faults')).json()) as { on: string; do: string }[],
    clearFaults: () => done('DELETE', '/faults'),
    idle: () => done('POST', '/idle'),
    advance: (by) => done('POST', '/clock/advance', { by }),
  };
}
