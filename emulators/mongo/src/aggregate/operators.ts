import { ACCUMULATOR_EXPRESSIONS } from './accumulators.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { ARRAYS } from './arrays.ts';
import { COMPARISON } from './comparison.ts';
import { CONTROL } from './control.ts';
import { CONVERSIONS } from './conversions.ts';
import { DATE_PARTS } from './date-parts.ts';
import { DATE_TEXT } from './date-text.ts';
import { DATES } from './dates.ts';
import { MINGO_OPERATORS } from './mingo-operators.ts';
import type { OperatorTable } from './operator.ts';
import { TEXT } from './text.ts';

const all: OperatorTable = {
  ...MINGO_OPERATORS,
  ...ACCUMULATOR_EXPRESSIONS,
  ...ARITHMETIC,
  ...ARRAYS,
  ...COMPARISON,
  ...CONTROL,
  ...CONVERSIONS,
  ...DATES,
  ...DATE_PARTS,
  ...DATE_TEXT,
  ...TEXT,
};

/** The expression operators that are supported. */
export const OPERATORS = new Map(Object.entries(all));

/** MongoDB's expression operators that are not supported: they are refused by name. */
export const REFUSED = new Set([
  '$function',
  '$accumulator',
  '$toHashedIndexKey',
  '$tsSecond',
  '$tsIncrement',
  '$encStrStartsWith',
  '$binarySize',
  '$median',
  '$percentile',
  '$toUUID',
  '$sigmoid',
]);
