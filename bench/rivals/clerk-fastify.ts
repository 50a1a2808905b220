import { clerkPlugin, getAuth } from '@clerk/fastify';
import fastify from 'fastify';
import { MongoClient } from 'mongodb';
import { PATH, ready, required } from '../servers/answer.ts';

// Fastify behind its Clerk plugin, with the user read by the driver, the quickest there is.
const users = (await MongoClient.connect(required('MONGODB_URI'))).db().collection('users');
const app = fastify();
await app.register(clerkPlugin);
app.get(PATH, async (request, reply) => {
  const { userId } = getAuth(request);
  const user = userId && (await users.findOne({ clerkId: userId }, { projection: { _id: 0, sync: 0 } }));
  if (!user) return reply.code(401).send({ message: 'Unauthorized' });
  return { user };
});
await app.listen({ host: '127.0.0.1', port: 0 });
ready(app.server);
