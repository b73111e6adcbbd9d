import type { ThumbnailsEvent } from '@groundwork/contracts';
import { jsonBody, type Publisher } from '@groundwork/messaging';
import type { Announcer } from '../ports/announcer.ts';

const TYPES = { ready: 'ThumbnailsReady', failed: 'ThumbnailsFailed', gone: 'ThumbnailsGone' } as const;

/** Without a publisher nothing is told. The type is also an attribute, for subscription filters. */
export function createEventsTopic(publisher: Publisher | undefined, now: () => Date): Announcer {
  return {
    async announce(manifest) {
      const type = TYPES[manifest.state];
      const event: ThumbnailsEvent = { type, occurredAt: now().toISOString(), manifest };
      await publisher?.publish({ body: jsonBody(event), attributes: { type } });
    },
  };
}
