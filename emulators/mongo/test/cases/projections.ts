import type { Document } from 'mongodb';
import { Refused } from './pipelines.ts';

const document = {
  _id: 1,
  a: 1,
  b: { c: 2, d: 3 },
  list: [
    { k: 1, v: 1 },
    { k: 2, v: 2 },
    { k: 3, v: 3 },
  ],
  n: [1, 2, 3, 4],
};

/** What `find` shows of a document. */
export const PROJECTIONS: {
  title: string;
  document: Document;
  filter: Document;
  projection: Document;
  shown: Document | Refused;
}[] = (
  [
    ['inclusion', {}, { a: 1 }, { _id: 1, a: 1 }],
    ['inclusion without _id', {}, { a: 1, _id: 0 }, { a: 1 }],
    ['exclusion', {}, { list: 0, n: 0, b: 0 }, { _id: 1, a: 1 }],
    ['only _id', {}, { _id: 1 }, { _id: 1 }],
    ['a dotted path', {}, { 'b.c': 1 }, { _id: 1, b: { c: 2 } }],
    ['a nested object', {}, { b: { c: 1 } }, { _id: 1, b: { c: 2 } }],
    ['a dotted path through an array', {}, { 'list.k': 1 }, { _id: 1, list: [{ k: 1 }, { k: 2 }, { k: 3 }] }],
    ['a dotted exclusion', {}, { 'b.c': 0, list: 0, n: 0 }, { _id: 1, a: 1, b: { d: 3 } }],
    ['$slice keeps the other fields', {}, { n: { $slice: 2 }, list: 0, b: 0 }, { _id: 1, a: 1, n: [1, 2] }],
    ['$slice from the end', {}, { _id: 1, n: { $slice: -1 } }, { _id: 1, n: [4] }],
    ['$slice with a start', {}, { _id: 1, n: { $slice: [1, 2] } }, { _id: 1, n: [2, 3] }],
    ['$elemMatch', {}, { list: { $elemMatch: { v: { $gte: 2 } } } }, { _id: 1, list: [{ k: 2, v: 2 }] }],
    ['$elemMatch without a match', {}, { list: { $elemMatch: { v: 9 } } }, { _id: 1 }],
    ['the positional $', { 'list.k': 2 }, { 'list.$': 1 }, { _id: 1, list: [{ k: 2, v: 2 }] }],
    ['a computed field', {}, { total: { $add: ['$a', '$b.c'] } }, { _id: 1, total: 3 }],
    ['a field by another name', {}, { _id: 0, c: '$b.c' }, { c: 2 }],
    ['including and excluding is refused', {}, { a: 1, b: 0 }, new Refused(31254)],
    ['a path and one below it are refused', {}, { b: 1, 'b.c': 1 }, new Refused(31249)],
  ] as [string, Document, Document, Document | Refused][]
).map(([title, filter, projection, shown]) => ({ title, document, filter, projection, shown }));
