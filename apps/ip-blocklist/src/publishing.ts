import { setTimeout as delay } from 'node:timers/promises';
import type { BlocklistChanges } from '@groundwork/contracts';
import { jsonBody, type Publisher } from '@groundwork/messaging';
import type { Logger } from '@groundwork/service';
import type { Entries } from './ports/entries.ts';
import type { Publications } from './ports/publications.ts';

/** How often the audit trail is looked at, in ms. */
const EVERY_MS = 500;
/** Changes told in one message; SNS takes 256 KiB, and one change is some hundred bytes. */
const BATCH = 50;

export interface PublishingParts {
  entries: Pick<Entries, 'audit'>;
  publications: Publications;
  publisher: Pick<Publisher, 'publish'>;
  /** A FIFO topic keeps them in order also on their way. */
  isFifo: boolean;
  logger: Logger;
}

/**
 * Tells everybody what has changed, as long as this process leads: follows the audit trail, which is
 * written with each change, and remembers how far it has got after each message. So nothing is left
 * out, and what was told just before dying is told again.
 */
export async function keepPublishing(parts: PublishingParts, signal: AbortSignal): Promise<void> {
  const { entries, publications, publisher, isFifo, logger } = parts;
  while (!signal.aborted) {
    const after = await publications.seq();
    const changes = await entries.audit({}, after, BATCH);
    const [first] = changes;
    if (first === undefined) {
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
      continue;
    }
    const last = changes.at(-1)!.seq;
    await publisher.publish({
      body: jsonBody({ changes } satisfies BlocklistChanges),
      ...(isFifo ? { groupId: 'blocklist', deduplicationId: `${first.seq}-${last}` } : {}),
    });
    await publications.reached(last);
    logger.debug({ from: first.seq, to: last }, `${changes.length} changes published`);
  }
}
