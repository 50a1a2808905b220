import { afterAll, beforeAll, describe, test } from 'vitest';
import { realServer, realTarget } from '../test/real-server.ts';
import { flowControlTests } from '../test/suites/flow-control.ts';
import { httpApiTests } from '../test/suites/http-api.ts';
import { stepTests } from '../test/suites/steps.ts';
import type { Target } from '../test/target.ts';

/** What `protocol.test.ts` asks of the emulator, asked of the server that it stands for. */
const program = realServer();

test.skipIf(program !== undefined)(
  'skipped: the real server is not at ../shared/servers/inngest (or FRONTDESK_SHARED)',
  () => {},
);

describe.skipIf(program === undefined)('the real server', () => {
  let target: Target;
  beforeAll(async () => {
    target = await realTarget(program!);
  });
  afterAll(() => target.stop());

  describe('steps', () => stepTests(() => target, { checkpointing: false }));
  describe('flow control', () => flowControlTests(() => target));
  describe('over HTTP', () => httpApiTests(() => target));
});
