import express from 'express';
import { toPublicUser } from '../../src/shop/public-user.ts';
import { userOf } from '../../test/support/guarded-app.ts';
import { PATH, profileOf, serve } from './answer.ts';

// The measure of all others: the same Express route, unguarded.
const at = new Date('2026-01-01');
const user = userOf({ ...profileOf('user_0'), createdAt: at, updatedAt: at });
await serve(express().get(PATH, (_req, res) => void res.json({ user: toPublicUser(user) })));
