import { afterAll, beforeAll, describe } from 'vitest';
import { flowControlTests } from '../test/suites/flow-control.ts';
import { httpApiTests } from '../test/suites/http-api.ts';
import { stepTests } from '../test/suites/steps.ts';
import type { Target } from '../test/target.ts';
import { startInngestEmulator } from './index.ts';

/** The tests that `protocol.soak.ts` runs against the real server. */
describe('the emulator', () => {
  let target: Target;
  beforeAll(async () => {
    const inngest = await startInngestEmulator();
    target = {
      name: 'emulator',
      url: inngest.url,
      pass: (ms) => inngest.advance(Math.min(ms, 15_000)),
      stop: inngest.stop,
    };
  });
  afterAll(() => target.stop());

  describe('steps, reported while the function runs', () => stepTests(() => target, { checkpointing: true }));
  describe('steps, reported one call at a time', () => stepTests(() => target, { checkpointing: false }));
  describe('flow control', () => flowControlTests(() => target));
  describe('over HTTP', () => httpApiTests(() => target));
});
