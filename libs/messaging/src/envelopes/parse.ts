import { EventBridgeS3Event, S3Event, S3TestEvent, SnsEnvelope } from '@groundwork/contracts';
import { PermanentFailure } from '../message.ts';
import { fromEventBridge } from './eventbridge.ts';
import type { ObjectChange } from './object-change.ts';
import { fromS3Record } from './s3.ts';

/**
 * The object changes in a message body: an S3 event (direct, or through SNS raw),
 * one inside an SNS envelope, or one from EventBridge. `s3:TestEvent` has none.
 * Throws PermanentFailure for anything else: no retry makes it readable.
 */
export function parseObjectChanges(body: string): ObjectChange[] {
  const outer = parseJson(body);
  const envelope = SnsEnvelope.safeParse(outer);
  const event = envelope.success ? parseJson(envelope.data.Message) : outer;
  if (S3TestEvent.safeParse(event).success) return [];
  if (has(event, 'Records')) {
    const s3 = S3Event.safeParse(event);
    if (s3.success) return decoded(() => s3.data.Records.map(fromS3Record));
    throw unreadable('an S3 event', s3.error);
  }
  if (has(event, 'detail-type')) {
    const bridged = EventBridgeS3Event.safeParse(event);
    if (bridged.success) return [fromEventBridge(bridged.data)];
    throw unreadable('an EventBridge event from S3', bridged.error);
  }
  throw new PermanentFailure('The message is neither an S3 event, nor one from SNS or EventBridge');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new PermanentFailure(`The message is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof URIError) {
      throw new PermanentFailure('The object key has a broken percent-escape', { cause: error });
    }
    throw error;
  }
}

function has(value: unknown, member: string): boolean {
  return typeof value === 'object' && value !== null && member in value;
}

function unreadable(
  what: string,
  error: { issues: readonly { path: PropertyKey[]; message: string }[] },
): PermanentFailure {
  const first = error.issues[0];
  return new PermanentFailure(
    `The message looks like ${what} but ${first?.path.join('.')}: ${first?.message}`,
  );
}
