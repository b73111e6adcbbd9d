import { setTimeout as delay } from 'node:timers/promises';
import { TransferError } from '../../ports/staging.ts';

const ATTEMPTS = 4;
const FIRST_MS = 200;

/**
 * What S3 was busy with, or a connection broke off of, is done again from the start. The SDK does so only
 * as long as no stream has begun.
 */
export async function again<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const mayPass = error instanceof TransferError && error.why === 'unavailable';
      if (!mayPass || attempt === ATTEMPTS) throw error;
      await delay(FIRST_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2), undefined, { signal });
    }
  }
}
