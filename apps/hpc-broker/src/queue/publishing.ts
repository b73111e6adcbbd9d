import { setTimeout as delay } from 'node:timers/promises';
import { jsonBody, type Publisher } from '@groundwork/messaging';
import type { Logger } from '@groundwork/service';
import type { Publications } from '../ports/publications.ts';
import type { Trail } from '../ports/trail.ts';
import { batchOf } from './batches.ts';

/** How often it is looked for events, in ms. One that was seen is settled when it is looked again. */
const EVERY_MS = 250;
/** Read at a time; an event is some hundred bytes. */
const READ = 200;

export interface PublishingParts {
  trail: Trail;
  publications: Publications;
  publisher: Pick<Publisher, 'publish'>;
  /** A FIFO topic keeps them in order also on their way. */
  isFifo: boolean;
  logger: Logger;
}

/**
 * Tells everybody what happens to jobs, as long as this process leads: follows the events, which are written
 * with what they tell of, and remembers how far it has got after each message. So nothing is left out, and
 * what was told just before dying is told again.
 */
export async function keepPublishing(parts: PublishingParts, signal: AbortSignal): Promise<void> {
  const { trail, publications, publisher, isFifo, logger } = parts;
  let after = await publications.seq();
  while (!signal.aborted) {
    const events = await trail.read(after, await trail.settled(), READ);
    if (events.length === 0) {
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
      continue;
    }
    const batch = batchOf(events);
    const [first, last] = [batch.events[0]!.seq, batch.events.at(-1)!.seq];
    await publisher.publish({
      body: jsonBody(batch),
      ...(isFifo ? { groupId: 'hpc-broker', deduplicationId: `${first}-${last}` } : {}),
    });
    await publications.reached(last);
    after = last;
    logger.debug({ from: first, to: last }, `${batch.events.length} events published`);
  }
}
