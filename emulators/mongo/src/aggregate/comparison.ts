import { compare, Rank, rankOf } from '../bson/order.ts';
import { CommandError } from '../errors.ts';
import type { Collation } from '../query/collation.ts';
import { fixed, type OperatorTable } from './operator.ts';

/** Order in expressions: values of all types compare, and what is missing comes before null. */
export function compareInExpression(a: unknown, b: unknown, collation: Collation | undefined): number {
  if (a === undefined || b === undefined) {
    if (a === b) return 0;
    const other = rankOf(a === undefined ? b : a);
    const missingFirst = other === Rank.minKey ? 1 : -1;
    return a === undefined ? missingFirst : -missingFirst;
  }
  if (collation && typeof a === 'string' && typeof b === 'string') return collation.compare(a, b);
  return compare(a, b);
}

const comparison = (name: string, holds: (order: number) => unknown) =>
  fixed(name, [2], ([a, b], { collation }) => holds(compareInExpression(a, b, collation)));

export const COMPARISON: OperatorTable = {
  $eq: comparison('$eq', (order) => order === 0),
  $ne: comparison('$ne', (order) => order !== 0),
  $gt: comparison('$gt', (order) => order > 0),
  $gte: comparison('$gte', (order) => order >= 0),
  $lt: comparison('$lt', (order) => order < 0),
  $lte: comparison('$lte', (order) => order <= 0),
  $cmp: comparison('$cmp', (order) => Math.sign(order)),
  $in: fixed('$in', [2], ([value, list], { collation }) => {
    if (!Array.isArray(list)) throw new CommandError(40081, '$in requires an array as a second argument');
    return list.some((item) => compareInExpression(value, item, collation) === 0);
  }),
};
