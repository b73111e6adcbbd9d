import type { JobEvent, JobEvents } from '@groundwork/contracts';

/** SNS takes 256 KiB with attributes: https://docs.aws.amazon.com/general/latest/gr/sns.html */
const MOST_BYTES = 200 * 1_024;
/** A reason may name a program of 128 KiB; nobody reads that in an event. */
const MOST_DETAIL_BYTES = 16 * 1_024;

/** The first of some events, at least one, as many as one message holds. */
export function batchOf(events: readonly JobEvent[]): JobEvents {
  const batch: JobEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const told = shortened(event);
    bytes += bytesOf(told) + 1;
    if (batch.length > 0 && bytes > MOST_BYTES) break;
    batch.push(told);
  }
  return { events: batch };
}

/** What is too large to be told is read at the job. */
function shortened(event: JobEvent): JobEvent {
  const bytes = bytesOf(event.detail);
  return bytes <= MOST_DETAIL_BYTES ? event : { ...event, detail: { leftOutBytes: bytes } };
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');
