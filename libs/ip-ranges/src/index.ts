export { parse, format, type IpRange, type Parsed } from './address/parse.ts';
export type { Note, NoteCode, Problem, ProblemCode } from './address/problems.ts';
export type { Family } from './address/words.ts';
export { ListParser, parseList, type Located, type ParsedList } from './list/list-parser.ts';
export type { Entries } from './set/entries.ts';
export type { Prefixes } from './set/prefixes.ts';
export { prefixTexts } from './address/format.ts';
export type { Ranges } from './set/ranges.ts';
export {
  addressCount,
  contains,
  diff,
  emptySet,
  intersect,
  isEqual,
  overlaps,
  rangesOf,
  subtract,
  toCidrLines,
  toCidrs,
  toSet,
  union,
  type RangeSet,
} from './set/range-set.ts';
export { buildLookup, type Lookup } from './lookup/lookup.ts';
export { fit, type FitOptions, type Fitted, type Infeasible } from './fit/fit.ts';
