import { Semaphore } from 'async-mutex';

/** Runs `work` when there is room for an image of that many pixels (× frames). */
export type Admit = <T>(cost: number, work: () => Promise<T>) => Promise<T>;

/**
 * One place for all that decode: what they cost is known from their headers, and they
 * wait for each other before any memory is taken. Uploads go before deferred work.
 * An image that costs more than there is runs alone.
 */
export function createAdmission(capacity: number): { prompt: Admit; deferred: Admit } {
  const semaphore = new Semaphore(capacity);
  const at =
    (priority: number): Admit =>
    (cost, work) =>
      semaphore.runExclusive(work, Math.min(capacity, Math.max(1, cost)), priority);
  return { prompt: at(1), deferred: at(0) };
}
