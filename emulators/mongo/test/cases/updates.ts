import { Decimal128, type Document, Double, Long } from 'mongodb';

/** What an update makes of a document. A number instead of `after` is the code of the error. */
export interface UpdateCase {
  title: string;
  /** Undefined for an upsert into an empty collection. */
  before: Document | undefined;
  filter?: Document;
  update: Document | Document[];
  arrayFilters?: Document[];
  after: Document | number;
}

type Row = [
  title: string,
  before: Document,
  update: Document | Document[],
  after: Document | number,
  filter?: Document,
  arrayFilters?: Document[],
];
const rows = (list: Row[]): UpdateCase[] =>
  list.map(([title, before, update, after, filter, arrayFilters]) => ({
    title,
    before: { _id: 1, ...before },
    update,
    after: typeof after === 'number' ? after : { _id: 1, ...after },
    ...(filter ? { filter } : {}),
    ...(arrayFilters ? { arrayFilters } : {}),
  }));

export const UPDATES: UpdateCase[] = rows([
  ['$set adds and replaces', { a: 1 }, { $set: { a: 2, b: 3 } }, { a: 2, b: 3 }],
  ['$set makes the documents on the way', {}, { $set: { 'a.b.c': 1 } }, { a: { b: { c: 1 } } }],
  ['$set by position', { a: [1, 2] }, { $set: { 'a.1': 9 } }, { a: [1, 9] }],
  ['$set beyond the end fills with null', { a: [1] }, { $set: { 'a.3': 4 } }, { a: [1, null, null, 4] }],
  ['$set through a scalar is refused', { a: 1 }, { $set: { 'a.b': 1 } }, 28],
  ['$set of the same _id is allowed', { a: 1 }, { $set: { _id: 1, a: 2 } }, { a: 2 }],
  ['$set of another _id is refused', {}, { $set: { _id: 2 } }, 66],
  ['$set of an empty path is refused', {}, { $set: { '': 1 } }, 56],
  ['$set keeps a double a double', {}, { $set: { a: new Double(1) } }, { a: new Double(1) }],
  ['$unset', { a: 1, b: 2 }, { $unset: { a: '' } }, { b: 2 }],
  ['$unset of what is not there', { b: 2 }, { $unset: { a: '' } }, { b: 2 }],
  ['$unset of an element leaves null', { a: [1, 2, 3] }, { $unset: { 'a.1': 1 } }, { a: [1, null, 3] }],
  ['$inc of an int', { a: 1 }, { $inc: { a: 2 } }, { a: 3 }],
  ['$inc of what is not there', {}, { $inc: { a: 2 } }, { a: 2 }],
  ['$inc by a double makes a double', { a: 1 }, { $inc: { a: new Double(1) } }, { a: new Double(2) }],
  [
    '$inc of a double by an int stays a double',
    { a: new Double(1) },
    { $inc: { a: 1 } },
    { a: new Double(2) },
  ],
  ['$inc by a long makes a long', { a: 1 }, { $inc: { a: Long.fromNumber(1) } }, { a: Long.fromNumber(2) }],
  [
    '$inc of an int beyond 32 bits makes a long',
    { a: 2147483647 },
    { $inc: { a: 1 } },
    { a: Long.fromNumber(2147483648) },
  ],
  ['$inc beyond 64 bits is refused', { a: Long.MAX_VALUE }, { $inc: { a: 1 } }, 2],
  [
    '$inc by a decimal is exact',
    { a: Decimal128.fromString('0.1') },
    { $inc: { a: Decimal128.fromString('0.2') } },
    { a: Decimal128.fromString('0.3') },
  ],
  ['$inc of a text is refused', { a: 'x' }, { $inc: { a: 1 } }, 14],
  ['$inc by a text is refused', { a: 1 }, { $inc: { a: 'x' } }, 14],
  ['$inc of null is refused', { a: null }, { $inc: { a: 1 } }, 14],
  ['$mul', { a: 3 }, { $mul: { a: 2 } }, { a: 6 }],
  [
    '$mul of what is not there gives 0 of the same type',
    {},
    { $mul: { a: new Double(2) } },
    { a: new Double(0) },
  ],
  ['$min takes the less', { a: 5 }, { $min: { a: 3 } }, { a: 3 }],
  ['$min leaves the less', { a: 2 }, { $min: { a: 3 } }, { a: 2 }],
  ['$min sets what is not there', {}, { $min: { a: 3 } }, { a: 3 }],
  ['$max compares across types', { a: 5 }, { $max: { a: 'x' } }, { a: 'x' }],
  ['$max leaves the greater', { a: 5 }, { $max: { a: 3 } }, { a: 5 }],
  ['$rename', { a: 1, c: 2 }, { $rename: { a: 'b' } }, { c: 2, b: 1 }],
  ['$rename into a document', { a: 1 }, { $rename: { a: 'x.y' } }, { x: { y: 1 } }],
  ['$rename of what is not there', { c: 2 }, { $rename: { a: 'b' } }, { c: 2 }],
  ['$bit and', { a: 13 }, { $bit: { a: { and: 10 } } }, { a: 8 }],
  ['$bit or', { a: 3 }, { $bit: { a: { or: 5 } } }, { a: 7 }],
  ['$bit xor', { a: 1 }, { $bit: { a: { xor: 5 } } }, { a: 4 }],
  ['$bit of a double is refused', { a: 1.5 }, { $bit: { a: { and: 1 } } }, 2],
  ['$push', { a: [1] }, { $push: { a: 2 } }, { a: [1, 2] }],
  ['$push makes the array', {}, { $push: { a: 1 } }, { a: [1] }],
  ['$push of an array pushes one element', { a: [1] }, { $push: { a: [2, 3] } }, { a: [1, [2, 3]] }],
  ['$push $each', { a: [1] }, { $push: { a: { $each: [2, 3] } } }, { a: [1, 2, 3] }],
  ['$push $position', { a: [1, 4] }, { $push: { a: { $each: [2, 3], $position: 1 } } }, { a: [1, 2, 3, 4] }],
  [
    '$push at a position from the end',
    { a: [1, 4] },
    { $push: { a: { $each: [3], $position: -1 } } },
    { a: [1, 3, 4] },
  ],
  [
    '$push $slice from the end',
    { a: [1, 2] },
    { $push: { a: { $each: [3, 4], $slice: -3 } } },
    { a: [2, 3, 4] },
  ],
  ['$push $slice 0 empties', { a: [1, 2] }, { $push: { a: { $each: [3], $slice: 0 } } }, { a: [] }],
  ['$push $sort', { a: [3, 1] }, { $push: { a: { $each: [2], $sort: -1 } } }, { a: [3, 2, 1] }],
  [
    '$push $sort by a field',
    { a: [{ n: 2 }] },
    { $push: { a: { $each: [{ n: 1 }], $sort: { n: 1 } } } },
    { a: [{ n: 1 }, { n: 2 }] },
  ],
  ['$push onto a scalar is refused', { a: 1 }, { $push: { a: 2 } }, 2],
  ['$push with an unknown modifier is refused', { a: [] }, { $push: { a: { $each: [1], $foo: 1 } } }, 2],
  ['$addToSet', { a: [1, 2] }, { $addToSet: { a: { $each: [2, 3] } } }, { a: [1, 2, 3] }],
  ['$addToSet compares across number types', { a: [1] }, { $addToSet: { a: new Double(1) } }, { a: [1] }],
  [
    '$addToSet minds the order of fields',
    { a: [{ x: 1, y: 2 }] },
    { $addToSet: { a: { y: 2, x: 1 } } },
    {
      a: [
        { x: 1, y: 2 },
        { y: 2, x: 1 },
      ],
    },
  ],
  ['$addToSet to a scalar is refused', { a: 1 }, { $addToSet: { a: 2 } }, 2],
  ['$pop the last', { a: [1, 2, 3] }, { $pop: { a: 1 } }, { a: [1, 2] }],
  ['$pop the first', { a: [1, 2, 3] }, { $pop: { a: -1 } }, { a: [2, 3] }],
  ['$pop by another number is refused', { a: [1] }, { $pop: { a: 2 } }, 9],
  ['$pull a value', { a: [1, 2, 1] }, { $pull: { a: 1 } }, { a: [2] }],
  ['$pull by a condition', { a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
  [
    '$pull by fields of elements',
    {
      a: [
        { x: 1, y: 1 },
        { x: 2, y: 1 },
      ],
    },
    { $pull: { a: { x: 1 } } },
    { a: [{ x: 2, y: 1 }] },
  ],
  [
    '$pull with $elemMatch on an inner array',
    { a: [{ r: [{ q: 1 }] }, { r: [{ q: 2 }] }] },
    { $pull: { a: { r: { $elemMatch: { q: 1 } } } } },
    { a: [{ r: [{ q: 2 }] }] },
  ],
  ['$pull from what is not there', {}, { $pull: { a: 1 } }, {}],
  ['$pullAll', { a: [1, 2, 3, 1] }, { $pullAll: { a: [1, 3] } }, { a: [2] }],
  [
    '$setOnInsert does nothing to what is there',
    { a: 1 },
    { $setOnInsert: { a: 2 }, $set: { b: 1 } },
    { a: 1, b: 1 },
  ],
  ['the positional $', { a: [1, 5, 9] }, { $set: { 'a.$': 0 } }, { a: [1, 0, 9] }, { a: { $gt: 3 } }],
  [
    'the positional $ in documents',
    {
      a: [
        { k: 1, v: 1 },
        { k: 2, v: 2 },
      ],
    },
    { $inc: { 'a.$.v': 5 } },
    {
      a: [
        { k: 1, v: 1 },
        { k: 2, v: 7 },
      ],
    },
    { 'a.k': 2 },
  ],
  [
    'two positional paths',
    { a: [{ k: 1 }, { k: 2 }] },
    { $set: { 'a.$.x': 1, 'a.$.y': 2 } },
    { a: [{ k: 1 }, { k: 2, x: 1, y: 2 }] },
    { 'a.k': 2 },
  ],
  ['the positional $ without a match is refused', { a: [1] }, { $set: { 'a.$': 2 } }, 2],
  ['$[] changes all', { a: [{ v: 1 }, { v: 2 }] }, { $inc: { 'a.$[].v': 1 } }, { a: [{ v: 2 }, { v: 3 }] }],
  ['$[] of a scalar is refused', { a: 1 }, { $set: { 'a.$[]': 1 } }, 2],
  ['array filters', { a: [1, 5, 9] }, { $set: { 'a.$[x]': 0 } }, { a: [1, 0, 0] }, {}, [{ x: { $gte: 5 } }]],
  [
    'array filters on fields',
    { a: [{ k: 1 }, { k: 2 }] },
    { $set: { 'a.$[e].z': true } },
    { a: [{ k: 1 }, { k: 2, z: true }] },
    {},
    [{ 'e.k': 2 }],
  ],
  [
    'nested array filters',
    { a: [{ b: [1, 2] }, { b: [2, 3] }] },
    { $set: { 'a.$[].b.$[n]': 0 } },
    { a: [{ b: [1, 0] }, { b: [0, 3] }] },
    {},
    [{ n: 2 }],
  ],
  ['an array filter that is missing is refused', { a: [1] }, { $set: { 'a.$[x]': 0 } }, 2],
  ['an array filter that is not used is refused', { a: [1] }, { $set: { a: 0 } }, 9, {}, [{ x: 1 }]],
  ['two operators on one path are refused', { a: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }, 40],
  ['a path and one below it are refused', {}, { $set: { a: {}, 'a.b': 1 } }, 40],
  ['an unknown operator is refused', {}, { $foo: { a: 1 } }, 9],
  ['an operator without fields is refused', {}, { $set: 5 }, 9],
  ['a pipeline sees the document', { a: 2 }, [{ $set: { b: { $multiply: ['$a', 3] } } }], { a: 2, b: 6 }],
  [
    'a pipeline of several stages',
    { a: 1, b: 2 },
    [{ $set: { c: { $add: ['$a', '$b'] } } }, { $unset: 'a' }],
    { b: 2, c: 3 },
  ],
  [
    'a pipeline may replace',
    { a: { b: 1 } },
    [{ $replaceWith: { $mergeObjects: [{ _id: '$_id' }, '$a'] } }],
    { b: 1 },
  ],
  ['a stage that updates do not have is refused', { a: 1 }, [{ $match: { a: 1 } }], 72],
]);

type UpsertRow = [title: string, filter: Document, update: Document | Document[], after: Document | number];
const upserts = (list: UpsertRow[]): UpdateCase[] =>
  list.map(([title, filter, update, after]) => ({
    title,
    before: undefined,
    filter: { ...filter },
    update,
    after,
  }));

/** Upserts into an empty collection. */
export const UPSERTS: UpdateCase[] = upserts([
  ['the fields of the filter', { _id: 1, a: 2 }, { $set: { b: 3 } }, { _id: 1, a: 2, b: 3 }],
  ['$eq in the filter', { _id: 1, a: { $eq: 2 } }, { $set: { b: 3 } }, { _id: 1, a: 2, b: 3 }],
  ['a comparison gives no field', { _id: 1, a: { $gt: 2 } }, { $set: { b: 3 } }, { _id: 1, b: 3 }],
  ['$in of one value gives it', { _id: 1, a: { $in: [2] } }, { $set: { b: 3 } }, { _id: 1, a: 2, b: 3 }],
  ['$in of two values gives none', { _id: 1, a: { $in: [2, 4] } }, { $set: { b: 3 } }, { _id: 1, b: 3 }],
  ['$all of one value gives it', { _id: 1, a: { $all: [2] } }, { $set: { b: 3 } }, { _id: 1, a: 2, b: 3 }],
  ['$and', { $and: [{ _id: 1 }, { a: 2 }] }, { $set: { b: 3 } }, { _id: 1, a: 2, b: 3 }],
  ['$or of one', { _id: 1, $or: [{ a: 2 }] }, { $set: { b: 3 } }, { _id: 1, a: 2, b: 3 }],
  ['$or of two gives none', { _id: 1, $or: [{ a: 2 }, { a: 3 }] }, { $set: { b: 3 } }, { _id: 1, b: 3 }],
  ['a dotted path', { _id: 1, 'a.b': 2 }, { $set: { c: 3 } }, { _id: 1, a: { b: 2 }, c: 3 }],
  ['a whole document', { _id: 1, a: { b: 2 } }, { $set: { c: 3 } }, { _id: 1, a: { b: 2 }, c: 3 }],
  ['a regular expression gives no field', { _id: 1, a: /x/ }, { $set: { b: 3 } }, { _id: 1, b: 3 }],
  ['null gives null', { _id: 1, a: null }, { $set: { b: 3 } }, { _id: 1, a: null, b: 3 }],
  ['$setOnInsert', { _id: 1 }, { $setOnInsert: { a: 1 } }, { _id: 1, a: 1 }],
  ['$inc begins at the operand', { _id: 1 }, { $inc: { n: 2 } }, { _id: 1, n: 2 }],
  ['$inc goes on from the filter', { _id: 1, n: 5 }, { $inc: { n: 2 } }, { _id: 1, n: 7 }],
  ['a replacement takes only _id from the filter', { _id: 1, a: 2 }, { b: 3 }, { _id: 1, b: 3 }],
  [
    'a pipeline sees the fields of the filter',
    { _id: 1, a: 2 },
    [{ $set: { b: { $add: ['$a', 1] } } }],
    { _id: 1, a: 2, b: 3 },
  ],
  ['$exists gives no field', { _id: 1, a: { $exists: false } }, { $set: { b: 1 } }, { _id: 1, b: 1 }],
  ['two values for one path are refused', { _id: 1, a: 1, $and: [{ a: 2 }] }, { $set: { b: 1 } }, 54],
]);
