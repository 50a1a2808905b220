import { EmulatorError } from '@frontdesk/emulator-kit';
import { ApiError, refuse } from '../http/api-error.ts';
import { type Fields, readInput } from '../http/input.ts';
import type { Route } from '../http/router.ts';
import type { MintOptions } from '../tokens/mint.ts';
import type { Control } from './control.ts';

const MINT_FIELDS = {
  origin: { kind: 'string', nullable: true },
  lifetimeSeconds: { kind: 'integer' },
  ageSeconds: { kind: 'integer' },
} as const satisfies Fields;

const SIGN_IN_FIELDS = {
  ...MINT_FIELDS,
  userId: { kind: 'string' },
  signInToken: { kind: 'string' },
} as const satisfies Fields;

const SETTINGS_FIELDS = {
  webhookUrl: { kind: 'string', nullable: true },
  sessionTokenTemplate: { kind: 'object' },
  origin: { kind: 'string', nullable: true },
} as const satisfies Fields;

const WEBHOOK_FAULT_FIELDS = {
  seed: { kind: 'integer' },
  drop: { kind: 'number' },
  duplicate: { kind: 'number' },
  delay: { kind: 'number' },
  delayMs: { kind: 'number' },
  reorder: { kind: 'number' },
  parallel: { kind: 'number' },
} as const satisfies Fields;

const API_FAULT_FIELDS = {
  method: { kind: 'string' },
  path: { kind: 'string' },
  times: { kind: 'count' },
  status: { kind: 'count' },
  retryAfterSeconds: { kind: 'count' },
} as const satisfies Fields;

/** `/_emulator`: the control of the emulator over HTTP, for those who are not in its process. JSON in, JSON out. */
export function controlRoutes(control: Control, connection: () => Record<string, unknown>): Route[] {
  const state = () => ({
    ...connection(),
    jwtKey: control.jwtKey,
    webhookSecret: control.webhookSecret,
    now: control.clock.now(),
    webhookUrl: control.webhookUrl ?? null,
    sessionTokenTemplate: control.sessionTokenTemplate,
    origin: control.origin,
  });
  const faults = () => ({ webhooks: control.webhookFaults ?? null, api: control.apiFaults() });

  return [
    { method: 'GET', path: '/_emulator', handler: state },
    {
      method: 'PATCH',
      path: '/_emulator',
      handler: ({ body }) => {
        const { webhookUrl, sessionTokenTemplate, origin } = readInput(body, SETTINGS_FIELDS);
        if (sessionTokenTemplate !== undefined) control.sessionTokenTemplate = sessionTokenTemplate;
        if (origin !== undefined) control.origin = origin;
        if (webhookUrl !== undefined) setWebhookUrl(control, webhookUrl);
        return state();
      },
    },
    {
      method: 'POST',
      path: '/_emulator/reset',
      handler: async () => {
        await control.reset();
        return state();
      },
    },
    {
      method: 'POST',
      path: '/_emulator/advance',
      handler: ({ body }) => {
        control.advance(readInput(body, { ms: { kind: 'count', required: true } }).ms);
        return state();
      },
    },
    {
      method: 'POST',
      path: '/_emulator/idle',
      handler: async () => {
        await control.idle();
        return state();
      },
    },

    {
      method: 'POST',
      path: '/_emulator/sign-in',
      handler: ({ body }) => {
        const { userId, signInToken, ...mint } = readInput(body, SIGN_IN_FIELDS);
        if (userId !== undefined) return control.signIn(userId, mint);
        if (signInToken !== undefined) return control.signInWithToken(signInToken, mint);
        throw refuse.missingParam('userId or signInToken');
      },
    },
    {
      method: 'POST',
      path: '/_emulator/sessions/:id/token',
      handler: ({ param, body }) => {
        const mint: MintOptions = readInput(body, MINT_FIELDS);
        return { token: control.token(param('id'), mint) };
      },
    },
    {
      method: 'POST',
      path: '/_emulator/sessions/:id/end',
      handler: ({ param }) => control.endSession(param('id'), 'ended'),
    },
    {
      method: 'POST',
      path: '/_emulator/sessions/:id/remove',
      handler: ({ param }) => control.endSession(param('id'), 'removed'),
    },

    {
      method: 'GET',
      path: '/_emulator/deliveries',
      handler: ({ query }) => {
        const page = { limit: query.page().limit, before: query.text('before') };
        query.done();
        return control.deliveries(page);
      },
    },
    {
      method: 'GET',
      path: '/_emulator/deliveries/:id',
      handler: ({ param }) => control.delivery(param('id')),
    },
    {
      method: 'POST',
      path: '/_emulator/deliveries/:id/resend',
      handler: ({ param }) => control.resend(param('id')),
    },

    { method: 'GET', path: '/_emulator/faults', handler: faults },
    {
      method: 'DELETE',
      path: '/_emulator/faults',
      handler: () => {
        control.clearFaults();
        return faults();
      },
    },
    {
      method: 'PUT',
      path: '/_emulator/faults/webhooks',
      handler: ({ body }) => {
        control.webhookFaults = readInput(body, WEBHOOK_FAULT_FIELDS);
        return faults();
      },
    },
    {
      method: 'POST',
      path: '/_emulator/faults/api',
      handler: ({ body }) => {
        control.failApi(readInput(body, API_FAULT_FIELDS));
        return faults();
      },
    },

    { method: 'GET', path: '/_emulator/signing-keys', handler: control.signingKeys },
    {
      method: 'POST',
      path: '/_emulator/signing-keys',
      handler: async () => {
        await control.rotateSigningKey();
        return control.signingKeys();
      },
    },
    {
      method: 'DELETE',
      path: '/_emulator/signing-keys/:kid',
      handler: ({ param }) => {
        control.removeSigningKey(param('kid'));
        return control.signingKeys();
      },
    },
    {
      method: 'POST',
      path: '/_emulator/webhook-secrets',
      handler: () => ({ webhookSecret: control.rotateWebhookSecret() }),
    },
    {
      method: 'DELETE',
      path: '/_emulator/webhook-secrets/old',
      handler: () => {
        control.dropOldWebhookSecrets();
        return state();
      },
    },
  ];
}

function setWebhookUrl(control: Control, url: string | null): void {
  try {
    control.webhookUrl = url ?? undefined;
  } catch (error) {
    if (error instanceof EmulatorError) throw new ApiError(422, error.code, 'is invalid', error.message);
    throw error;
  }
}
