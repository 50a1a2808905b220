import { canonicalJson } from './json.ts';
import { sign } from './signature.ts';

/** What an SDK is told when it is called (SDK_SPEC 4.4.1, inngest: pkg/execution/driver/driver.go). */
export interface CallInput {
  url: string;
  runId: string;
  /** The function's UUID: with it an SDK reports finished steps in between (checkpointing). */
  functionUuid: string;
  /** `step` to go on with the function, or the step to run. */
  stepId: string;
  attempt: number;
  maxAttempts: number;
  version: number;
  plansSteps: boolean;
  /** JSON of each event. */
  events: readonly string[];
  /** The settled steps in their order, each result as JSON. */
  steps: readonly { id: string; result: string }[];
  callId: string;
  serverKind: 'dev' | 'cloud';
  signingKey: string | undefined;
}

export interface CallRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** What an SDK is sent at most, in bytes; of more it is told to fetch events and steps by itself (SDK_SPEC 4.4.2). */
const MAX_REQUEST = 4 * 1024 * 1024;

export function buildCallRequest(input: CallInput): CallRequest {
  const url = new URL(input.url);
  url.searchParams.set('stepId', input.stepId);
  const whole = buildBody(input, false);
  const body = Buffer.byteLength(whole) > MAX_REQUEST ? buildBody(input, true) : whole;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-inngest-server-kind': input.serverKind,
    'x-run-id': input.runId,
    'x-inngest-request-id': input.callId,
    'x-inngest-generation-id': '1',
    'x-inngest-job-id': input.callId,
    'x-inngest-req-version': String(input.version),
    'x-inngest-step-id': input.stepId,
  };
  if (input.signingKey === undefined) return { url: url.href, headers, body };
  // SDKs check the signature over the bytes, or over the parsed body in canonical form: send that form.
  const canonical = canonicalJson(JSON.parse(body));
  headers['x-inngest-signature'] = sign(canonical, input.signingKey);
  return { url: url.href, headers, body: canonical };
}

/** Events and results are put in as the JSON that they are kept as: none is parsed on the way. */
function buildBody(input: CallInput, useApi: boolean): string {
  const ctx = JSON.stringify({
    attempt: input.attempt,
    disable_immediate_execution: input.plansSteps,
    env: '',
    fn_id: input.functionUuid,
    generation_id: 1,
    job_id: input.callId,
    max_attempts: input.maxAttempts,
    qi_id: input.callId,
    request_id: input.callId,
    run_id: input.runId,
    stack: { stack: input.steps.map(({ id }) => id), current: input.steps.length },
    step_id: 'step',
    use_api: useApi,
  });
  const events = useApi ? '' : input.events.join(',');
  const steps = useApi
    ? ''
    : input.steps.map(({ id, result }) => `${JSON.stringify(id)}:${result}`).join(',');
  return (
    `{"ctx":${ctx},"defers":{},"event":${input.events[0]},"events":[${events}],"steps":{${steps}},` +
    `"use_api":${useApi},"version":${input.version}}`
  );
}
