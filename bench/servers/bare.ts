import express from 'express';
import { PATH, profileOf, serve } from './answer.ts';

// The measure of all others: an Express route that knows nobody.
const user = profileOf('user_0');
await serve(express().get(PATH, (_req, res) => void res.json({ user })));
