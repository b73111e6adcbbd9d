import { Semaphore } from 'async-mutex';

/** Runs `work` when there is room for an image of that many pixels. `running` counts what runs at the moment. */
export type Admit = <T>(cost: number, work: (running: () => number) => Promise<T>) => Promise<T>;

/** The semaphore counts in hundredths of its capacity: it walks through all its units at each release. */
const UNITS = 100;

/**
 * One place for all that decode: how many pixels they are is known from their headers, and they
 * wait for each other before any is decoded. Uploads go before deferred work. An image that has
 * more than there is room for runs alone.
 */
export function createAdmission(capacity: number): { prompt: Admit; deferred: Admit } {
  const semaphore = new Semaphore(UNITS);
  let running = 0;
  const at =
    (priority: number): Admit =>
    (cost, work) => {
      const weight = Math.min(UNITS, Math.max(1, Math.ceil((cost / capacity) * UNITS)));
      const counted = async () => {
        running += 1;
        try {
          return await work(() => running);
        } finally {
          running -= 1;
        }
      };
      return semaphore.runExclusive(counted, weight, priority);
    };
  return { prompt: at(1), deferred: at(0) };
}
