import { clerkMiddleware, getAuth } from '@clerk/express';
import express from 'express';
import { PATH, profileOf, serve } from './answer.ts';

// The SDK as its guide has it for an API: no redirect, and no user read.
const user = profileOf('user_0');
const app = express();
app.use(clerkMiddleware());
app.get(PATH, (req, res) => {
  const { userId } = getAuth(req);
  if (!userId) res.status(401).json({ message: 'Unauthorized' });
  else res.json({ user });
});
await serve(app);
