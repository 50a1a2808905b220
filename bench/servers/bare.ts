import express from 'express';
import { toPublicUser } from '../../src/shop/public-user.ts';
import { PATH, serve } from './answer.ts';
import { somebody } from './parts.ts';

// The measure of all others: the same Express route, unguarded.
const user = somebody();
await serve(express().get(PATH, (_req, res) => void res.json({ user: toPublicUser(user) })));
