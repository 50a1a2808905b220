import { clerkMiddleware, requireAuth } from '@clerk/express';
import express, { type RequestHandler } from 'express';
import mongoose from 'mongoose';
import { PATH, required, serve } from './answer.ts';

// The documented implementation, as the document writes it.
const User = mongoose.model(
  'User',
  new mongoose.Schema(
    {
      clerkId: { type: String, required: true, unique: true },
      email: { type: String, required: true },
      name: { type: String, required: true },
      imageUrl: String,
      address: [{}],
      wishlist: [{ type: mongoose.Schema.Types.ObjectId }],
    },
    { timestamps: true, collection: 'documented_users', autoIndex: false, autoCreate: false },
  ),
);
await mongoose.connect(required('MONGODB_URI'));

const protectRoute: RequestHandler[] = [
  requireAuth() as RequestHandler,
  async (req, res, next) => {
    try {
      const { auth } = req as unknown as { auth(): { userId: string | null } };
      const clerkId = auth().userId;
      if (!clerkId) {
        res.status(401).json({ message: 'Unauthorized - Invalid token' });
        return;
      }
      const user = await User.findOne({ clerkId });
      if (!user) {
        res.status(404).json({ message: 'User not found' });
        return;
      }
      Object.assign(req, { user, clerkAuth: auth });
      next();
    } catch {
      res.status(500).json({ message: 'Internal server error' });
    }
  },
];

const app = express();
app.use(express.json());
app.use(clerkMiddleware());
app.get(PATH, ...protectRoute, (req, res) => void res.json({ user: req.user }));
await serve(app);
