import { expect, test } from 'vitest';
import { createPlan } from './plan.ts';

/** A plan as far as it goes: its strikes have no end. */
function written(seed: number) {
  const { strikes, ...plan } = createPlan(seed, 20);
  return { ...plan, strikes: strikes().take(200).toArray() };
}

test('a seed repeats a run: who signs up when, what each does, and what is struck', () => {
  expect(written(7)).toEqual(written(7));
  expect(written(8).lives).not.toEqual(written(7).lives);
  expect(written(8).strikes).not.toEqual(written(7).strikes);
});

test('a run has 50 sign-ups a second, and everything that may happen happens in it', () => {
  const { lives, strikes } = written(1);
  expect(lives).toHaveLength(1000);
  expect(lives.map(({ at }) => at)).toEqual(lives.map((_, index) => index * 20));
  const acts = new Set(lives.flatMap((life) => life.acts.map(({ kind }) => kind)));
  expect([...acts].sort()).toEqual([
    'ban',
    'changeAddress',
    'delete',
    'demote',
    'endSession',
    'lock',
    'promote',
    'rename',
    'signIn',
    'unban',
    'unlock',
  ]);
  const struck = strikes.flatMap((strike) => (strike.kind === 'kill' ? strike.victims : strike.kind));
  expect([...new Set<string>(struck)].sort()).toEqual([
    'backend',
    'clerkApi',
    'inbox',
    'inngest',
    'loss',
    'mongodb',
    'turnClerk',
  ]);
});
