/**
 * What is to go wrong with the next events or calls:
 * an event is refused (500), lost (acknowledged, not kept), repeated, or delivered late;
 * a call is refused (the app is not reached) or its answer lost (the app did the work, and nobody knows).
 */
export type Fault =
  | { on: 'events'; do: 'refuse' | 'lose' | 'repeat'; count: number }
  | { on: 'events'; do: 'delay'; count: number; by: number }
  | { on: 'calls'; do: 'refuse' | 'lose'; count: number };

export interface Faults {
  add(fault: Fault): void;
  list(): Fault[];
  clear(): void;
  /** The fault that the next event is to meet, which is then one less. */
  nextEvent(): Extract<Fault, { on: 'events' }> | undefined;
  nextCall(): Extract<Fault, { on: 'calls' }> | undefined;
}

export function createFaults(): Faults {
  let faults: Fault[] = [];
  const next = <On extends Fault['on']>(on: On) => {
    const fault = faults.find((candidate): candidate is Extract<Fault, { on: On }> => candidate.on === on);
    if (!fault) return undefined;
    fault.count--;
    if (fault.count <= 0) faults = faults.filter((other) => other !== fault);
    return fault;
  };
  return {
    add: (fault) => void faults.push({ ...fault }),
    list: () => faults.map((fault) => ({ ...fault })),
    clear: () => {
      faults = [];
    },
    nextEvent: () => next('events'),
    nextCall: () => next('calls'),
  };
}
