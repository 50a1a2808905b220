import { Binary, type Document, Double, Int32, Long, MaxKey, MinKey, ObjectId } from 'mongodb';

/** Which documents a filter selects: the `_id`s, in ascending order. A number instead is the code of the error. */
export interface FilterCase {
  title: string;
  documents: Document[];
  filter: Document;
  selects: unknown[] | number;
}

const group = (
  documents: Document[],
  rows: [title: string, filter: Document, selects: unknown[] | number][],
): FilterCase[] => rows.map(([title, filter, selects]) => ({ title, documents, filter, selects }));

const id = new ObjectId('65a000000000000000000001');
const day = new Date('2026-01-01T00:00:00Z');

const numbers = [
  { _id: 1, n: 1 },
  { _id: 2, n: new Double(1) },
  { _id: 3, n: Long.fromNumber(1) },
  { _id: 4, n: 2.5 },
  { _id: 5, n: -3 },
  { _id: 6, n: Number.NaN },
  { _id: 7, n: '1' },
  { _id: 8, n: null },
  { _id: 9 },
  { _id: 10, n: Long.fromString('9007199254740993') },
];
const arrays = [
  { _id: 1, a: [1, 2, 3] },
  { _id: 2, a: [] },
  { _id: 3, a: 2 },
  { _id: 4, a: [[1, 2], 3] },
  { _id: 5 },
  { _id: 6, a: [5, 15] },
  { _id: 7, a: null },
];
const nested = [
  { _id: 1, a: { b: 1 } },
  { _id: 2, a: [{ b: 1 }, { b: 2 }] },
  { _id: 3, a: [{ b: 3 }] },
  { _id: 4, a: [{ c: 1 }] },
  { _id: 5, a: 7 },
  { _id: 6, a: [1, 2] },
  { _id: 7, a: [] },
  { _id: 8 },
  { _id: 9, a: { b: null } },
];
const items = [
  {
    _id: 1,
    items: [
      { sku: 'a', qty: 5 },
      { sku: 'b', qty: 1 },
    ],
  },
  {
    _id: 2,
    items: [
      { sku: 'a', qty: 1 },
      { sku: 'b', qty: 5 },
    ],
  },
  { _id: 3, items: [{ sku: 'c', qty: 9 }] },
];
const texts = [
  { _id: 1, t: 'apple' },
  { _id: 2, t: 'Apple pie' },
  { _id: 3, t: 'banana\napple' },
  { _id: 4, t: '' },
  { _id: 5, t: 5 },
  { _id: 6, t: ['x', 'apple'] },
];
const types = [
  { _id: 1, v: 1 },
  { _id: 2, v: new Double(2) },
  { _id: 3, v: Long.fromNumber(3) },
  { _id: 4, v: 'four' },
  { _id: 5, v: true },
  { _id: 6, v: null },
  { _id: 7, v: day },
  { _id: 8, v: id },
  { _id: 9, v: { x: 1 } },
  { _id: 10, v: ['s'] },
  { _id: 11, v: new Binary(Buffer.from('ab')) },
  { _id: 12, v: new MinKey() },
  { _id: 13, v: new MaxKey() },
  { _id: 14 },
];
const flags = [
  { _id: 1, f: 0b0101 },
  { _id: 2, f: 0b1000 },
  { _id: 3, f: 0 },
  { _id: 4, f: 'x' },
];

export const FILTERS: FilterCase[] = [
  ...group(numbers, [
    ['equality holds across number types', { n: 1 }, [1, 2, 3]],
    ['equality with a double finds ints and longs', { n: new Double(1) }, [1, 2, 3]],
    ['equality with null finds null and missing', { n: null }, [8, 9]],
    ['$eq with null finds null and missing', { n: { $eq: null } }, [8, 9]],
    ['$ne null leaves null and missing out', { n: { $ne: null } }, [1, 2, 3, 4, 5, 6, 7, 10]],
    ['$gt compares numbers with numbers only', { n: { $gt: 1 } }, [4, 10]],
    ['$gte', { n: { $gte: 1 } }, [1, 2, 3, 4, 10]],
    ['$lt leaves NaN, null and text out', { n: { $lt: 1 } }, [5]],
    ['$lte', { n: { $lte: 1 } }, [1, 2, 3, 5]],
    ['$lte null finds null and missing', { n: { $lte: null } }, [8, 9]],
    ['NaN equals NaN', { n: Number.NaN }, [6]],
    ['$gte NaN finds NaN', { n: { $gte: Number.NaN } }, [6]],
    ['$in over types', { n: { $in: [1, '1', null] } }, [1, 2, 3, 7, 8, 9]],
    ['$in of nothing finds nothing', { n: { $in: [] } }, []],
    ['$nin', { n: { $nin: [1, null] } }, [4, 5, 6, 7, 10]],
    ['$ne', { n: { $ne: 1 } }, [4, 5, 6, 7, 8, 9, 10]],
    ['$not', { n: { $not: { $gt: 0 } } }, [5, 6, 7, 8, 9]],
    ['two bounds', { n: { $gt: -5, $lt: 2 } }, [1, 2, 3, 5]],
    ['longs above 2^53 keep their last digit', { n: Long.fromString('9007199254740993') }, [10]],
    ['a double beside a long above 2^53 is another number', { n: 9007199254740992 }, []],
    ['$exists true', { n: { $exists: true } }, [1, 2, 3, 4, 5, 6, 7, 8, 10]],
    ['$exists false', { n: { $exists: false } }, [9]],
    ['$mod', { n: { $mod: [2, 1] } }, [1, 2, 3, 10]],
    ['$mod truncates', { n: { $mod: [2, 0] } }, [4]],
    ['$mod by zero is refused', { n: { $mod: [0, 0] } }, 2],
    ['$mod with one element is refused', { n: { $mod: [2] } }, 2],
    ['$expr compares fields', { $expr: { $gt: ['$n', 2] } }, [4, 7, 10]],
    ['$expr tells missing from null', { $expr: { $eq: ['$n', null] } }, [8]],
  ]),
  ...group(arrays, [
    ['an element equals', { a: 2 }, [1, 3]],
    ['a whole array equals', { a: [1, 2, 3] }, [1]],
    ['an array equals an element that is an array', { a: [1, 2] }, [4]],
    ['the empty array equals itself', { a: [] }, [2]],
    ['null does not equal the empty array', { a: null }, [5, 7]],
    ['by position, also into an inner array', { 'a.0': 1 }, [1, 4]],
    ['by position within an inner array', { 'a.0.1': 2 }, [4]],
    ['$size', { a: { $size: 2 } }, [4, 6]],
    ['$size 0', { a: { $size: 0 } }, [2]],
    ['$size below zero is refused', { a: { $size: -1 } }, 9],
    ['$all', { a: { $all: [1, 3] } }, [1]],
    ['$all of one scalar', { a: { $all: [2] } }, [1, 3]],
    ['$all of nothing finds nothing', { a: { $all: [] } }, []],
    ['$all with a whole array', { a: { $all: [[1, 2]] } }, [4]],
    ['bounds may hold for different elements', { a: { $gt: 6, $lt: 10 } }, [6]],
    ['$elemMatch holds for one element', { a: { $elemMatch: { $gt: 6, $lt: 10 } } }, []],
    ['$elemMatch with operators', { a: { $elemMatch: { $gt: 4, $lt: 10 } } }, [6]],
    ['$ne means no element', { a: { $ne: 2 } }, [2, 4, 5, 6, 7]],
    ['$nin means no element', { a: { $nin: [2, 5] } }, [2, 4, 5, 7]],
    ["$type 'array' looks at the field", { a: { $type: 'array' } }, [1, 2, 4, 6]],
    ["$type 'int' looks at elements", { a: { $type: 'int' } }, [1, 3, 4, 6]],
    ['$exists is true of the empty array', { a: { $exists: true } }, [1, 2, 3, 4, 6, 7]],
    ['$not $size', { a: { $not: { $size: 3 } } }, [2, 3, 4, 5, 6, 7]],
    ['$in with an array element', { a: { $in: [[1, 2], 15] } }, [4, 6]],
  ]),
  ...group(nested, [
    ['a dotted path enters arrays', { 'a.b': 1 }, [1, 2]],
    ['a whole document equals', { a: { b: 1 } }, [1, 2]],
    ['a dotted path and null', { 'a.b': null }, [4, 5, 8, 9]],
    ['a dotted path and $exists', { 'a.b': { $exists: true } }, [1, 2, 3, 9]],
    ['a dotted path and $exists false', { 'a.b': { $exists: false } }, [4, 5, 6, 7, 8]],
    ['a position on the way', { 'a.0.b': 1 }, [2]],
    ['a dotted path and $gt', { 'a.b': { $gt: 1 } }, [2, 3]],
    ['a dotted path and $ne', { 'a.b': { $ne: 1 } }, [3, 4, 5, 6, 7, 8, 9]],
    ['$in by a dotted path', { 'a.b': { $in: [2, 3] } }, [2, 3]],
  ]),
  ...group(
    [
      { _id: 1, a: { x: 1, y: 2 } },
      { _id: 2, a: { y: 2, x: 1 } },
    ],
    [
      ['the order of fields counts in equality', { a: { x: 1, y: 2 } }, [1]],
      ['dotted paths do not mind the order', { 'a.x': 1, 'a.y': 2 }, [1, 2]],
    ],
  ),
  ...group(items, [
    [
      'conditions on two fields may hold for two elements',
      { 'items.sku': 'a', 'items.qty': { $gte: 5 } },
      [1, 2],
    ],
    ['$elemMatch wants one element for both', { items: { $elemMatch: { sku: 'a', qty: { $gte: 5 } } } }, [1]],
    ['$elemMatch with $or', { items: { $elemMatch: { $or: [{ sku: 'c' }, { qty: 1 }] } } }, [1, 2, 3]],
    [
      '$all of $elemMatch',
      { items: { $all: [{ $elemMatch: { sku: 'a', qty: 1 } }, { $elemMatch: { sku: 'b', qty: 5 } }] } },
      [2],
    ],
    ['$not $elemMatch', { items: { $not: { $elemMatch: { sku: 'a' } } } }, [3]],
    ['$and', { $and: [{ 'items.sku': 'a' }, { 'items.qty': 5 }] }, [1, 2]],
    ['$or', { $or: [{ 'items.sku': 'c' }, { 'items.qty': 1 }] }, [1, 2, 3]],
    ['$nor', { $nor: [{ 'items.sku': 'c' }] }, [1, 2]],
    ['an empty $or is refused', { $or: [] }, 2],
    ['$and that is no array is refused', { $and: { a: 1 } }, 2],
    ['an unknown operator is refused', { items: { $foo: 1 } }, 2],
    ['an unknown top level operator is refused', { $foo: 1 }, 2],
    ['$in without an array is refused', { items: { $in: 1 } }, 2],
  ]),
  ...group(texts, [
    ['a regular expression finds text and elements', { t: /apple/ }, [1, 3, 6]],
    ['a regular expression without case', { t: /APPLE/i }, [1, 2, 3, 6]],
    ['^ is the beginning of the text', { t: /^apple/ }, [1, 6]],
    ['^ with m is the beginning of a line', { t: /^apple/m }, [1, 3, 6]],
    ['$regex with $options', { t: { $regex: '^a', $options: 'i' } }, [1, 2, 6]],
    ['$options without $regex is refused', { t: { $options: 'i' } }, 2],
    ['$regex that is no pattern is refused', { t: { $regex: '(' } }, 51091],
    ['$not with a regular expression', { t: { $not: /apple/ } }, [2, 4, 5]],
    ['$in with regular expressions', { t: { $in: [/^A/, ''] } }, [2, 4]],
    ['text compares by code points', { t: { $gte: 'b' } }, [3, 6]],
    ['the empty text equals itself', { t: '' }, [4]],
  ]),
  ...group(types, [
    ["$type 'int'", { v: { $type: 'int' } }, [1]],
    ["$type 'double'", { v: { $type: 'double' } }, [2]],
    ["$type 'long'", { v: { $type: 'long' } }, [3]],
    ["$type 'number'", { v: { $type: 'number' } }, [1, 2, 3]],
    ['$type by number', { v: { $type: 2 } }, [4, 10]],
    ['$type of several', { v: { $type: ['bool', 'date'] } }, [5, 7]],
    ["$type 'null' leaves missing out", { v: { $type: 'null' } }, [6]],
    ["$type 'object'", { v: { $type: 'object' } }, [9]],
    ["$type 'objectId'", { v: { $type: 'objectId' } }, [8]],
    ["$type 'binData'", { v: { $type: 'binData' } }, [11]],
    ["$type 'minKey'", { v: { $type: 'minKey' } }, [12]],
    ["$type 'maxKey'", { v: { $type: 127 } }, [13]],
    ['an unknown type is refused', { v: { $type: 'float' } }, 2],
    ['a date equals', { v: day }, [7]],
    ['an ObjectId equals', { v: id }, [8]],
    ['binary data equals', { v: new Binary(Buffer.from('ab')) }, [11]],
    ['booleans are not numbers', { v: true }, [5]],
    ['booleans compare', { v: { $gte: false } }, [5]],
    ['dates compare', { v: { $gt: new Date(0) } }, [7]],
    ['ObjectIds compare', { v: { $gte: id } }, [8]],
    ['everything is above MinKey', { v: { $gt: new MinKey() } }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13]],
  ]),
  ...group(flags, [
    ['$bitsAllSet by mask', { f: { $bitsAllSet: 0b0101 } }, [1]],
    ['$bitsAnySet by positions', { f: { $bitsAnySet: [0, 3] } }, [1, 2]],
    ['$bitsAllClear', { f: { $bitsAllClear: 0b0111 } }, [2, 3]],
    ['$bitsAnyClear', { f: { $bitsAnyClear: new Int32(0b0101) } }, [2, 3]],
  ]),
  ...group(
    [{ _id: 1, n: 5 }, { _id: 2, n: 'x' }, { _id: 3 }],
    [
      ['$jsonSchema with a type', { $jsonSchema: { properties: { n: { bsonType: 'number' } } } }, [1, 3]],
      ['$jsonSchema with a needed field', { $jsonSchema: { required: ['n'] } }, [1, 2]],
      ['$jsonSchema with a minimum', { $jsonSchema: { properties: { n: { minimum: 6 } } } }, [2, 3]],
      ['$comment changes nothing', { n: 5, $comment: 'why' }, [1]],
      ['an empty filter selects all', {}, [1, 2, 3]],
    ],
  ),
];
