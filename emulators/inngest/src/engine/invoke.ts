import { admit } from '../flow/admit.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import type { Run } from '../store/runs.ts';
import type { Core } from './core.ts';
import { rejectInvocation } from './end-run.ts';
import { storeInternal } from './receive-events.ts';

/** Starts the function that a step invokes; the step settles when that run ends (SDK_SPEC 5.3.4). */
export function invoke(core: Core, caller: Run, stepId: string, opts: JsonObject): void {
  const functionId = String(opts.function_id ?? '');
  const invoker = { runId: caller.id, stepId };
  const fn = core.registry.get(functionId);
  if (!fn) {
    const message = `could not find function with ID: ${functionId}`;
    rejectInvocation(core, invoker, { name: 'Error', message });
    return;
  }
  const payload = isObject(opts.payload) ? opts.payload : {};
  const data = isObject(payload.data) ? payload.data : {};
  const event = storeInternal(core, {
    name: 'inngest/function.invoked',
    data: { ...data, _inngest: { fn_id: functionId, correlation_id: `${caller.id}.${stepId}` } },
    ...(isObject(payload.user) ? { user: payload.user } : {}),
  });
  admit(core, fn, event, invoker);
}
