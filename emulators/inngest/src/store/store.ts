import { type Counters, createCounters } from './counters.ts';
import type { Database } from './database.ts';
import { createEventStore, type EventStore } from './events.ts';
import { createHeldEvents, type HeldEvents } from './held-events.ts';
import { createJobStore, type JobStore } from './jobs.ts';
import { createPauseStore, type PauseStore } from './pauses.ts';
import { createRunStore, type RunStore } from './runs.ts';
import { createSettings, type Settings } from './settings.ts';
import { createStepStore, type StepStore } from './steps.ts';

/** All that is kept. What is written in one turn of the event loop is kept together (see `database.ts`). */
export interface Store {
  events: EventStore;
  runs: RunStore;
  steps: StepStore;
  jobs: JobStore;
  pauses: PauseStore;
  counters: Counters;
  held: HeldEvents;
  settings: Settings;
}

export function createStore(db: Database): Store {
  return {
    events: createEventStore(db),
    runs: createRunStore(db),
    steps: createStepStore(db),
    jobs: createJobStore(db),
    pauses: createPauseStore(db),
    counters: createCounters(db),
    held: createHeldEvents(db),
    settings: createSettings(db),
  };
}
