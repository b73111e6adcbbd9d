import { CATEGORIES, FIRST_GUEST, ROWS, SHELVES } from '../catalogue.ts';
import { Thing } from './thing.ts';

export const VIEWS = ['products', 'aside', 'by-shelf'] as const;
export type RowView = (typeof VIEWS)[number];

/** A row of `products`. */
export class Row extends Thing {
  readonly id: number;
  /** Comes and goes. */
  readonly isGuest: boolean;

  constructor(id: number) {
    super(`row ${id}`, VIEWS);
    this.id = id;
    this.isGuest = id >= FIRST_GUEST;
    if (this.isGuest) this.absentUpTo = 0;
  }

  get shelf(): number {
    return this.id % SHELVES;
  }

  get category(): number {
    return this.id % CATEGORIES;
  }
}

export const makeRows = (): Row[] => Array.from({ length: ROWS }, (_, at) => new Row(at + 1));
