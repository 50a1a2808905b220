import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { errorBody } from '../http/error-response.ts';
import { HttpError } from '../http/errors.ts';
import { toHttpError } from '../http/to-http-error.ts';
import { mirroredData, subjectOf } from './clerk-event.ts';
import type { ForwardedEvent } from './forward.ts';
import { minimised } from './minimised.ts';
import { decodeSecret, isSigned } from './signature.ts';

export interface WebhookOptions {
  /** `whsec_…`: any of them may have signed. */
  secrets: readonly string[];
  forward(event: ForwardedEvent): Promise<void>;
  now: () => number;
  log: Logger;
}

const envelope = z.object({
  type: z.string().regex(/^[a-zA-Z][\w.]{0,99}$/),
  data: z.record(z.string(), z.unknown()),
  timestamp: z.number().int().positive().optional(),
});

/** Below this a timestamp is in seconds: Clerk sends milliseconds, its published examples show seconds. */
const SECONDS_BELOW = 100_000_000_000;

/**
 * `POST /api/webhooks/clerk` (A16, B2): the signature over the raw bytes, then the shape, then on to Inngest. To be
 * mounted ahead of every body parser.
 *
 * @example
 * app.post('/api/webhooks/clerk', createWebhook({ secrets: ['whsec_…'], forward, now: Date.now, log }));
 */
export function createWebhook({ secrets, forward, now, log }: WebhookOptions): RequestHandler {
  const keys = secrets.map(decodeSecret);
  // Not inflated: the signature is over what was sent.
  const raw = express.raw({ type: () => true, limit: '1mb', inflate: false });

  async function receive(req: Request): Promise<void> {
    const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    const [id, timestamp, signature] = ['svix-id', 'svix-timestamp', 'svix-signature'].map((name) =>
      req.get(name),
    );
    if (!isSigned(keys, { id, timestamp, signature, body }, now())) throw new HttpError('invalid_signature');
    await take(read(id ?? '', Number(timestamp) * 1000, body));
  }

  async function take(event: ForwardedEvent): Promise<void> {
    try {
      await forward(event);
    } catch (cause) {
      throw new HttpError('inngest_error', { cause });
    }
  }

  function refuse(error: unknown, req: Request, res: Response): void {
    const known = toHttpError(error);
    const level = known.status >= 500 ? 'error' : 'warn';
    // Of what nobody has signed, nothing is logged.
    const svixId = known.code === 'invalid_signature' ? undefined : req.get('svix-id');
    const { cause: err, code, issues } = known;
    (req.log ?? log)[level]({ err, code, issues, svixId }, 'webhook refused');
    res
      .status(known.status)
      .set(known.headers)
      .json(errorBody(known, String(req.id ?? ''), 'error'));
  }

  return (req, res) => {
    raw(req, res, (failure?: unknown) => {
      if (failure) return refuse(failure, req, res);
      receive(req).then(
        () => res.json({ received: true }),
        (error: unknown) => refuse(error, req, res),
      );
    });
  };
}

/** @throws HttpError `invalid_json` or `invalid_request`, for a body that is signed all the same */
function read(svixId: string, deliveredAt: number, body: Buffer): ForwardedEvent {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    throw new HttpError('invalid_json');
  }
  try {
    const { type, data, timestamp = deliveredAt } = envelope.parse(json);
    return {
      svixId,
      type,
      clerkId: subjectOf(type, data),
      timestamp: timestamp < SECONDS_BELOW ? timestamp * 1000 : timestamp,
      payload: mirroredData(type, data),
      data: minimised(type, data),
      bytes: body.length,
    };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const issues = error.issues.map(({ path, message }) => ({
      in: 'body' as const,
      path: path.join('.'),
      message,
    }));
    throw new HttpError('invalid_request', { issues });
  }
}
