import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Tree } from './tree.ts';

const keys = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 2000 })), {
  minLength: 200,
  maxLength: 3000,
});

function apply(
  tree: Tree<number, string>,
  model: Map<number, string>,
  steps: [boolean, number][],
  mark: string,
): void {
  for (const [adds, key] of steps) {
    if (adds) tree.set(key, `${mark}${key}`);
    else tree.delete(key);
    if (adds) model.set(key, `${mark}${key}`);
    else model.delete(key);
  }
}
const sorted = (model: Map<number, string>) => [...model].sort(([a], [b]) => a - b);

test('a tree holds what was put into it, in order, up and down and from any key', () => {
  fc.assert(
    fc.property(keys, fc.integer({ min: 0, max: 2000 }), (steps, from) => {
      const [tree, model] = [new Tree<number, string>(), new Map<number, string>()];
      apply(tree, model, steps, 'x');
      expect(tree.size).toBe(model.size);
      expect([...tree.from()]).toEqual(sorted(model));
      expect([...tree.from(from)]).toEqual(sorted(model).filter(([key]) => key >= from));
      expect([...tree.downFrom((key) => key <= from)]).toEqual(
        sorted(model)
          .filter(([key]) => key <= from)
          .reverse(),
      );
    }),
    { numRuns: 20 },
  );
});

test('neither of two forks sees what is done to the other', () => {
  fc.assert(
    fc.property(keys, keys, keys, (before, left, right) => {
      const [tree, model] = [new Tree<number, string>(), new Map<number, string>()];
      apply(tree, model, before, 'before');
      const [fork, forkModel] = [tree.fork(), new Map(model)];
      apply(tree, model, left, 'left');
      apply(fork, forkModel, right, 'right');
      expect([...tree.from()]).toEqual(sorted(model));
      expect([...fork.from()]).toEqual(sorted(forkModel));
    }),
    { numRuns: 20 },
  );
});
