import express from 'express';
import { importSPKI, jwtVerify } from 'jose';
import { PATH, profileOf, required, serve } from './answer.ts';

// The signature and the claims checked by jose, no more: no user read.
const user = profileOf('user_0');
const key = await importSPKI(required('CLERK_JWT_KEY'), 'RS256');
const app = express();
app.get(PATH, async (req, res) => {
  try {
    await jwtVerify(req.headers.authorization?.slice(7) ?? '', key, {
      algorithms: ['RS256'],
      clockTolerance: 5,
    });
    res.json({ user });
  } catch {
    res.status(401).json({ message: 'Unauthorized' });
  }
});
await serve(app);
