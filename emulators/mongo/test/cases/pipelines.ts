import { Decimal128, type Document, Double, Long, ObjectId } from 'mongodb';

/** What an expression makes of a document; `MISSING` for no value. A `code` is that of the error. */
export interface ExpressionCase {
  title: string;
  document: Document;
  expression: unknown;
  value: unknown;
}
export const MISSING = Symbol('no value');
export class Refused {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}
/** An object with a field `then` is taken for a promise by whoever awaits it; these are not awaited. */
const THEN = 'then';
const refused = (code: number) => new Refused(code);

const oid = new ObjectId('65a000000000000000000001');
const day = new Date('2026-02-03T04:05:06.789Z');
const document = {
  i: 7,
  d: new Double(2),
  f: 2.5,
  l: Long.fromNumber(3),
  s: 'Text',
  n: null,
  a: [3, 1, 2],
  o: { x: 1, y: 2 },
  docs: [{ k: 1 }, { k: 2 }],
  day,
  oid,
  t: true,
};

export const EXPRESSIONS: ExpressionCase[] = (
  [
    ['$add of ints', { $add: ['$i', 1] }, 8],
    ['$add with a double', { $add: ['$i', '$d'] }, new Double(9)],
    ['$add with a long', { $add: ['$i', '$l'] }, Long.fromNumber(10)],
    ['$add with null', { $add: ['$i', '$n'] }, null],
    ['$add to a date', { $add: ['$day', 1000] }, new Date(day.getTime() + 1000)],
    ['$add of a text is refused', { $add: ['$s', 1] }, refused(14)],
    ['$subtract', { $subtract: ['$i', 2] }, 5],
    [
      '$subtract of dates gives milliseconds',
      { $subtract: ['$day', new Date(day.getTime() - 5)] },
      Long.fromNumber(5),
    ],
    ['$multiply', { $multiply: ['$i', '$i'] }, 49],
    ['$multiply of decimals', { $multiply: [Decimal128.fromString('1.5'), 2] }, Decimal128.fromString('3.0')],
    ['$divide gives a double', { $divide: [6, 3] }, new Double(2)],
    ['$divide by zero is refused', { $divide: [1, 0] }, refused(2)],
    ['$mod', { $mod: ['$i', 4] }, 3],
    ['$abs', { $abs: -5 }, 5],
    ['$ceil', { $ceil: '$f' }, new Double(3)],
    ['$floor', { $floor: '$f' }, new Double(2)],
    ['$round goes to even', { $round: ['$f', 0] }, new Double(2)],
    ['$round to a place', { $round: [1.256, 2] }, 1.26],
    ['$trunc', { $trunc: 2.9 }, new Double(2)],
    ['$sqrt', { $sqrt: 16 }, new Double(4)],
    ['$pow', { $pow: [2, 3] }, 8],
    ['$eq across number types', { $eq: ['$d', 2] }, true],
    ['$gt across types', { $gt: ['$s', '$i'] }, true],
    ['$cmp', { $cmp: [1, 2] }, -1],
    ['$and', { $and: ['$t', 1, 'x'] }, true],
    ['$or of zero and null', { $or: [0, '$n'] }, false],
    ['$not of an empty array', { $not: [[]] }, false],
    ['$cond', { $cond: [{ $gt: ['$i', 5] }, 'big', 'small'] }, 'big'],
    ['$cond by name', { $cond: { if: '$n', [THEN]: 1, else: 2 } }, 2],
    ['$ifNull', { $ifNull: ['$n', '$none', 'last'] }, 'last'],
    [
      '$switch',
      {
        $switch: {
          branches: [
            { case: { $eq: ['$i', 1] }, [THEN]: 1 },
            { case: '$t', [THEN]: 2 },
          ],
          default: 3,
        },
      },
      2,
    ],
    [
      '$switch without a branch is refused',
      { $switch: { branches: [{ case: false, [THEN]: 1 }] } },
      refused(40066),
    ],
    ['$let', { $let: { vars: { x: '$i' }, in: { $add: ['$$x', 1] } } }, 8],
    ['an unknown variable is refused', '$$nobody', refused(17276)],
    ['$literal', { $literal: '$i' }, '$i'],
    ['$concat', { $concat: ['$s', '-', 'x'] }, 'Text-x'],
    ['$concat with null', { $concat: ['$s', '$n'] }, null],
    ['$toUpper', { $toUpper: '$s' }, 'TEXT'],
    ['$substrCP', { $substrCP: ['$s', 1, 2] }, 'ex'],
    ['$split', { $split: ['a-b', '-'] }, ['a', 'b']],
    ['$strLenCP', { $strLenCP: 'ü𝄞' }, 2],
    ['$trim', { $trim: { input: '  x ' } }, 'x'],
    ['$regexMatch', { $regexMatch: { input: '$s', regex: '^te', options: 'i' } }, true],
    ['$replaceAll', { $replaceAll: { input: 'aXbX', find: 'X', replacement: '-' } }, 'a-b-'],
    ['$size', { $size: '$a' }, 3],
    ['$size of a scalar is refused', { $size: '$i' }, refused(17124)],
    ['$arrayElemAt', { $arrayElemAt: ['$a', -1] }, 2],
    ['$arrayElemAt beyond the end', { $arrayElemAt: ['$a', 9] }, MISSING],
    ['$first', { $first: '$a' }, 3],
    ['$in', { $in: [1, '$a'] }, true],
    ['$slice', { $slice: ['$a', 1, 2] }, [1, 2]],
    ['$concatArrays', { $concatArrays: ['$a', [9]] }, [3, 1, 2, 9]],
    ['$reverseArray', { $reverseArray: '$a' }, [2, 1, 3]],
    ['$sortArray', { $sortArray: { input: '$a', sortBy: 1 } }, [1, 2, 3]],
    ['$indexOfArray', { $indexOfArray: ['$a', 2] }, 2],
    ['$range', { $range: [0, 5, 2] }, [0, 2, 4]],
    ['$map', { $map: { input: '$a', as: 'x', in: { $multiply: ['$$x', 10] } } }, [30, 10, 20]],
    ['$filter', { $filter: { input: '$a', cond: { $gte: ['$$this', 2] } } }, [3, 2]],
    ['$reduce', { $reduce: { input: '$a', initialValue: 0, in: { $add: ['$$value', '$$this'] } } }, 6],
    [
      '$zip',
      {
        $zip: {
          inputs: [
            [1, 2],
            ['a', 'b'],
          ],
        },
      },
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    ['$setUnion', { $setUnion: [[1], [1, new Double(1)]] }, [1]],
    ['$setIsSubset', { $setIsSubset: [[1, 3], '$a'] }, true],
    ['$sum of an array', { $sum: '$a' }, 6],
    ['$avg gives a double', { $avg: '$a' }, new Double(2)],
    ['$max of arguments', { $max: ['$i', '$f'] }, 7],
    ['$min leaves null out', { $min: ['$n', 5] }, 5],
    ['$mergeObjects', { $mergeObjects: ['$o', { y: 3 }] }, { x: 1, y: 3 }],
    [
      '$objectToArray',
      { $objectToArray: '$o' },
      [
        { k: 'x', v: 1 },
        { k: 'y', v: 2 },
      ],
    ],
    ['$arrayToObject', { $arrayToObject: [[['a', 1]]] }, { a: 1 }],
    ['$getField', { $getField: { field: 'x', input: '$o' } }, 1],
    ['a path through an array', '$docs.k', [1, 2]],
    ['a path by position finds nothing', '$docs.0.k', []],
    ['a path that is missing', '$none.at.all', MISSING],
    ['$type', { $type: '$l' }, 'long'],
    ['$type of what is missing', { $type: '$none' }, 'missing'],
    ['$toInt', { $toInt: '12' }, 12],
    ['$toInt of no number is refused', { $toInt: 'x' }, refused(241)],
    ['$toDouble', { $toDouble: '$i' }, new Double(7)],
    ['$toLong', { $toLong: '$f' }, Long.fromNumber(2)],
    ['$toString of an ObjectId', { $toString: '$oid' }, oid.toHexString()],
    ['$toObjectId', { $toObjectId: oid.toHexString() }, oid],
    ['$toDate', { $toDate: '2026-02-03T04:05:06.789Z' }, day],
    ['$convert with onError', { $convert: { input: 'x', to: 'int', onError: 'no' } }, 'no'],
    ['$year', { $year: '$day' }, 2026],
    ['$dateToString', { $dateToString: { date: '$day', format: '%Y-%m-%d' } }, '2026-02-03'],
    [
      '$dateAdd',
      { $dateAdd: { startDate: '$day', unit: 'day', amount: 1 } },
      new Date('2026-02-04T04:05:06.789Z'),
    ],
    [
      '$dateDiff',
      { $dateDiff: { startDate: '$day', endDate: new Date('2026-02-05T00:00:00Z'), unit: 'day' } },
      Long.fromNumber(2),
    ],
    ['$dateTrunc', { $dateTrunc: { date: '$day', unit: 'hour' } }, new Date('2026-02-03T04:00:00Z')],
    ['an unknown operator is refused', { $foo: 1 }, refused(168)],
    ['two operators in one object are refused', { $add: [1, 2], $subtract: [1, 2] }, refused(15983)],
  ] as [string, unknown, unknown][]
).map(([title, expression, value]) => ({ title, document: { _id: 1, ...document }, expression, value }));

/** What a pipeline makes of the sales. */
export interface PipelineCase {
  title: string;
  pipeline: Document[];
  results: Document[] | Refused;
}

export const SALES: Document[] = [
  { _id: 1, item: 'a', qty: 2, price: 10, tags: ['x', 'y'] },
  { _id: 2, item: 'b', qty: 1, price: 20, tags: [] },
  { _id: 3, item: 'a', qty: 5, price: 10 },
  { _id: 4, item: 'c', qty: 3, price: 5.5, tags: 'z' },
];
export const STOCK: Document[] = [
  { _id: 'a', left: 7, parent: 'root' },
  { _id: 'b', left: 0, parent: 'a' },
  { _id: 'root', left: 1 },
];

export const PIPELINES: PipelineCase[] = (
  [
    [
      '$match and $project',
      [{ $match: { item: 'a' } }, { $project: { qty: 1 } }],
      [
        { _id: 1, qty: 2 },
        { _id: 3, qty: 5 },
      ],
    ],
    [
      '$project computes',
      [{ $match: { _id: 1 } }, { $project: { _id: 0, total: { $multiply: ['$qty', '$price'] } } }],
      [{ total: 20 }],
    ],
    [
      '$project excludes',
      [{ $match: { _id: 2 } }, { $project: { tags: 0, price: 0 } }],
      [{ _id: 2, item: 'b', qty: 1 }],
    ],
    ['a mixed $project is refused', [{ $project: { a: 1, b: 0 } }], new Refused(31254)],
    [
      '$group sums',
      [{ $group: { _id: '$item', n: { $sum: '$qty' } } }, { $sort: { _id: 1 } }],
      [
        { _id: 'a', n: 7 },
        { _id: 'b', n: 1 },
        { _id: 'c', n: 3 },
      ],
    ],
    [
      '$group over all',
      [{ $group: { _id: null, n: { $sum: 1 }, avg: { $avg: '$qty' } } }],
      [{ _id: null, n: 4, avg: 2.75 }],
    ],
    [
      '$group $sum of mixed types',
      [{ $group: { _id: null, p: { $sum: '$price' } } }],
      [{ _id: null, p: 45.5 }],
    ],
    [
      '$group by several fields',
      [{ $match: { item: 'a' } }, { $group: { _id: { i: '$item', p: '$price' }, n: { $sum: 1 } } }],
      [{ _id: { i: 'a', p: 10 }, n: 2 }],
    ],
    [
      '$group $push',
      [{ $sort: { _id: 1 } }, { $match: { item: 'a' } }, { $group: { _id: '$item', q: { $push: '$qty' } } }],
      [{ _id: 'a', q: [2, 5] }],
    ],
    [
      '$group $first and $last',
      [{ $sort: { _id: 1 } }, { $group: { _id: null, f: { $first: '$item' }, l: { $last: '$item' } } }],
      [{ _id: null, f: 'a', l: 'c' }],
    ],
    [
      '$group $min and $max',
      [{ $group: { _id: null, lo: { $min: '$price' }, hi: { $max: '$price' } } }],
      [{ _id: null, lo: 5.5, hi: 20 }],
    ],
    ['$group without _id is refused', [{ $group: { n: { $sum: 1 } } }], new Refused(15955)],
    ['an unknown accumulator is refused', [{ $group: { _id: null, n: { $foo: 1 } } }], new Refused(15952)],
    [
      '$unwind',
      [{ $match: { _id: 1 } }, { $unwind: '$tags' }, { $project: { tags: 1 } }],
      [
        { _id: 1, tags: 'x' },
        { _id: 1, tags: 'y' },
      ],
    ],
    [
      '$unwind leaves the empty out',
      [{ $unwind: '$tags' }, { $project: { tags: 1 } }, { $sort: { tags: 1 } }],
      [
        { _id: 1, tags: 'x' },
        { _id: 1, tags: 'y' },
        { _id: 4, tags: 'z' },
      ],
    ],
    [
      '$unwind keeps the empty when told',
      [
        { $match: { _id: { $in: [2, 3] } } },
        { $unwind: { path: '$tags', preserveNullAndEmptyArrays: true, includeArrayIndex: 'at' } },
        { $project: { at: 1 } },
        { $sort: { _id: 1 } },
      ],
      [
        { _id: 2, at: null },
        { _id: 3, at: null },
      ],
    ],
    ['$unwind without $ is refused', [{ $unwind: 'tags' }], new Refused(28818)],
    [
      '$sort, $skip and $limit',
      [{ $sort: { qty: -1 } }, { $skip: 1 }, { $limit: 2 }, { $project: { qty: 1 } }],
      [
        { _id: 4, qty: 3 },
        { _id: 1, qty: 2 },
      ],
    ],
    ['$limit 0 is refused', [{ $limit: 0 }], new Refused(15958)],
    ['$count', [{ $match: { item: 'a' } }, { $count: 'n' }], [{ n: 2 }]],
    ['$count of nothing', [{ $match: { item: 'q' } }, { $count: 'n' }], []],
    [
      '$addFields',
      [
        { $match: { _id: 2 } },
        { $addFields: { 'o.total': { $multiply: ['$qty', '$price'] } } },
        { $project: { o: 1 } },
      ],
      [{ _id: 2, o: { total: 20 } }],
    ],
    ['$unset', [{ $match: { _id: 2 } }, { $unset: ['tags', 'price'] }], [{ _id: 2, item: 'b', qty: 1 }]],
    ['$replaceRoot', [{ $match: { _id: 1 } }, { $replaceRoot: { newRoot: { q: '$qty' } } }], [{ q: 2 }]],
    ['$replaceRoot with a scalar is refused', [{ $replaceRoot: { newRoot: '$qty' } }], new Refused(40228)],
    ['$sortByCount', [{ $sortByCount: '$item' }, { $limit: 1 }], [{ _id: 'a', count: 2 }]],
    [
      '$bucket',
      [{ $bucket: { groupBy: '$qty', boundaries: [0, 3, 10], output: { n: { $sum: 1 } } } }],
      [
        { _id: 0, n: 2 },
        { _id: 3, n: 2 },
      ],
    ],
    [
      '$facet',
      [
        {
          $facet: {
            n: [{ $count: 'n' }],
            top: [{ $sort: { qty: -1 } }, { $limit: 1 }, { $project: { _id: 1 } }],
          },
        },
      ],
      [{ n: [{ n: 4 }], top: [{ _id: 3 }] }],
    ],
    [
      '$lookup by fields',
      [
        { $match: { _id: 1 } },
        { $lookup: { from: 'stock', localField: 'item', foreignField: '_id', as: 's' } },
        { $project: { s: 1 } },
      ],
      [{ _id: 1, s: [{ _id: 'a', left: 7, parent: 'root' }] }],
    ],
    [
      '$lookup without a partner',
      [
        { $match: { _id: 4 } },
        { $lookup: { from: 'stock', localField: 'item', foreignField: '_id', as: 's' } },
        { $project: { s: 1 } },
      ],
      [{ _id: 4, s: [] }],
    ],
    [
      '$lookup by a pipeline',
      [
        { $match: { _id: 1 } },
        {
          $lookup: {
            from: 'stock',
            let: { i: '$item' },
            pipeline: [{ $match: { $expr: { $eq: ['$_id', '$$i'] } } }, { $project: { _id: 0, left: 1 } }],
            as: 's',
          },
        },
        { $project: { s: 1 } },
      ],
      [{ _id: 1, s: [{ left: 7 }] }],
    ],
    [
      '$graphLookup',
      [
        { $match: { _id: 2 } },
        {
          $graphLookup: {
            from: 'stock',
            startWith: '$item',
            connectFromField: 'parent',
            connectToField: '_id',
            as: 'up',
            depthField: 'd',
          },
        },
        { $project: { ups: { $size: '$up' } } },
      ],
      [{ _id: 2, ups: 3 }],
    ],
    [
      '$unionWith',
      [
        { $match: { _id: 1 } },
        { $project: { _id: 1 } },
        { $unionWith: { coll: 'stock', pipeline: [{ $match: { left: 7 } }, { $project: { _id: 1 } }] } },
      ],
      [{ _id: 1 }, { _id: 'a' }],
    ],
    [
      '$redact',
      [
        { $match: { _id: 1 } },
        { $redact: { $cond: [{ $eq: ['$item', 'a'] }, '$$KEEP', '$$PRUNE'] } },
        { $project: { _id: 1 } },
      ],
      [{ _id: 1 }],
    ],
    [
      '$setWindowFields',
      [
        { $match: { item: 'a' } },
        {
          $setWindowFields: {
            partitionBy: '$item',
            sortBy: { _id: 1 },
            output: { run: { $sum: '$qty', window: { documents: ['unbounded', 'current'] } } },
          },
        },
        { $project: { run: 1 } },
      ],
      [
        { _id: 1, run: 2 },
        { _id: 3, run: 7 },
      ],
    ],
    ['an unknown stage is refused', [{ $foo: 1 }], new Refused(40324)],
    ['a stage with two names is refused', [{ $match: {}, $limit: 1 }], new Refused(40323)],
  ] as [string, Document[], Document[] | Refused][]
).map(([title, pipeline, results]) => ({ title, pipeline, results }));
