import { expect, it } from 'vitest';
import { rangeOf, rangesOfNodes } from '../src/batch/resources/node-ranges.ts';

it.each([
  ['0:3', { from: 0, to: 3 }],
  [':2', { from: 0, to: 2 }],
  ['4:', { from: 4, to: 7 }],
  [':', { from: 0, to: 7 }],
  ['5', { from: 5, to: 5 }],
])('of eight nodes, %s is %o', (text, range) => {
  expect(rangeOf(text, 8)).toEqual(range);
});

it.each(['', 'all', '3:1', '0:8', '8:', '-1:2', '0:1:2'])('of eight nodes, "%s" is nothing', (text) => {
  expect(() => rangeOf(text, 8)).toThrow(/targetNodes/);
});

it('of nested ranges the inner one holds, wherever it stands', () => {
  expect(rangesOfNodes(['2:3', '0:5'], 6)).toEqual([1, 1, 0, 0, 1, 1]);
  expect(rangesOfNodes(['0:', '4:5', '5'], 6)).toEqual([0, 0, 0, 0, 1, 2]);
});

it('every node is in a range', () => {
  expect(() => rangesOfNodes(['0:1', '3:'], 5)).toThrow('Node 2 is in no node range');
});
