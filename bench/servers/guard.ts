import express from 'express';
import { clerkAuth } from '../../src/auth/clerk-auth.ts';
import { protectRoute } from '../../src/auth/index.ts';
import { createSessionVerifier } from '../../src/auth/session-verifier.ts';
import { toPublicUser } from '../../src/shop/public-user.ts';
import { PATH, serve } from './answer.ts';
import { guardParts } from './parts.ts';

// The bare route with the guard, and nothing else of ours.
const parts = await guardParts();
const app = express();
app.use(clerkAuth({ ...parts, verify: createSessionVerifier(parts), verified: parts.verifiedTokens }));
app.get(PATH, protectRoute, (req, res) => void res.json({ user: toPublicUser(req.user) }));
await serve(app);
