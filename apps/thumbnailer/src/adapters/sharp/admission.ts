import { Semaphore } from 'async-mutex';

/** Runs `work` when there is room for an image of that many pixels (× frames). */
export type Admit = <T>(cost: number, work: () => Promise<T>) => Promise<T>;

/** The semaphore counts in hundredths of its capacity: it walks through all its units at each release. */
const UNITS = 100;

/**
 * One place for all that decode: what they cost is known from their headers, and they
 * wait for each other before any memory is taken. Uploads go before deferred work.
 * An image that costs more than there is runs alone.
 */
export function createAdmission(capacity: number): { prompt: Admit; deferred: Admit } {
  const semaphore = new Semaphore(UNITS);
  const at =
    (priority: number): Admit =>
    (cost, work) =>
      semaphore.runExclusive(
        work,
        Math.min(UNITS, Math.max(1, Math.ceil((cost / capacity) * UNITS))),
        priority,
      );
  return { prompt: at(1), deferred: at(0) };
}
