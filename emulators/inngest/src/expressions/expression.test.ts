import { expect, test } from 'vitest';
import { createExpressions } from './expression.ts';

const { evaluate } = createExpressions();
const event = {
  id: 'e',
  name: 'x',
  ts: 1,
  data: { n: 5, half: 0.5, text: 'abc', ok: true, none: null, list: [1, 2, 3], map: { 'a-b': 'dash' } },
};

test.each([
  ['event.data.n == 5', true],
  ['event.data.n > 4.5 && event.data.half < 1', true],
  ['event.data.n + 1', 6],
  ["event.data.text + '-' + event.data.n", 'abc-5'],
  ["event.name == 'x' ? 'yes' : 'no'", 'yes'],
  ["event.data.text in ['abc', 'def'] || false", true],
  ["event.data.map['a-b']", 'dash'],
  ['event.data.list.exists(item, item > 2) && !event.data.list.all(item, item > 2)', true],
  ['size(event.data.list) + event.data.list[0]', 4],
  ["event.data.text.startsWith('ab') && event.data.text.matches('^a.c$')", true],
  ['has(event.data.n) && !has(event.data.missing)', true],
])('%s is %s', (expression, value) => {
  expect(evaluate(expression, { event })).toEqual(value);
});

test.each([
  ['event.data.missing', false],
  ['event.data.missing == null', true],
  ['event.data.missing != null', false],
  ['event.data.missing == 1', false],
  ['event.data.missing != 1', true],
  ['event.data.missing > 1', false],
  ['event.data.missing < 1', true],
  ["event.data.missing.deeper.contains('x')", false],
  ['event.data.none == null', true],
  ['event.data.none == 1', false],
  ["event.data.text == 'abc' || event.data.missing", true],
  ['event.data.text == 5', false],
])('a field that does not exist, or is of another type, fails nothing: %s is %s', (expression, value) => {
  expect(evaluate(expression, { event })).toEqual(value);
});

test.each(['event.data.', 'event.data.n ===', 'shout(event.data.text)'])('%s is refused', (expression) => {
  expect(() => evaluate(expression, { event })).toThrow(
    expect.objectContaining({ name: 'InvalidExpression' }),
  );
});
