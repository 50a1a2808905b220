import type { Server } from 'node:http';
import { clerkMiddleware, getAuth } from '@clerk/hono';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { MongoClient } from 'mongodb';
import { PATH, ready, required } from '../servers/answer.ts';

// Hono behind its Clerk middleware, with the user read by the driver, the quickest there is.
const users = (await MongoClient.connect(required('MONGODB_URI'))).db().collection('users');
const app = new Hono();
app.use('*', clerkMiddleware());
app.get(PATH, async (c) => {
  const { userId } = getAuth(c);
  const user = userId && (await users.findOne({ clerkId: userId }, { projection: { _id: 0, sync: 0 } }));
  return user ? c.json({ user }) : c.json({ message: 'Unauthorized' }, 401);
});
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => ready(server as Server));
