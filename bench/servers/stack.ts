import { z } from 'zod';
import { buildApp } from '../../src/app.ts';
import { route } from '../../src/http/route.ts';
import { createInngest } from '../../src/identity/inngest-client.ts';
import { publicUser, toPublicUser } from '../../src/shop/public-user.ts';
import { PATH, required, serve } from './answer.ts';
import { guardParts, somebody } from './parts.ts';

// Everything that a request passes in Frontdesk, ahead of a route that shows the caller as the guard knows him, or for
// anyone.
const parts = await guardParts();
const guard = required('GUARD') === 'anyone' ? 'anyone' : 'signedIn';
const nobody = somebody();
await serve(
  buildApp({
    ...parts,
    version: '0',
    webhook: (_req, res) => void res.end(),
    inngest: createInngest(parts),
    functions: [],
    routes: [
      route({
        method: 'get',
        path: PATH,
        guard,
        tag: 'Users',
        summary: 'The caller',
        response: z.object({ user: publicUser }),
        handler: ({ user = nobody }) => ({ user: toPublicUser(user) }),
      }),
    ],
    auditRefusals: (_req, _res, next) => next(),
    beginAct: async () => () => {},
  }),
);
