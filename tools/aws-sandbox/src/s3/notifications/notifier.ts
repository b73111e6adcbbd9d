import { randomUUID } from 'node:crypto';
import { AwsError } from '../../http/aws-error.ts';
import type { Destinations } from '../../destinations.ts';
import type { Outbox } from '../../outbox.ts';
import type { S3Request } from '../request.ts';
import type { Deletion, Version } from '../store.ts';
import { matches, NO_NOTIFICATIONS, type NotificationConfiguration } from './configuration.ts';
import { sequencer, testEvent, toEventBridge, toS3Record, type ObjectEvent } from './events.ts';

/** Turns what happened to objects into messages for whoever is configured to hear of it. */
export class Notifier {
  readonly #outbox: Outbox;
  readonly #destinations: Destinations;

  constructor(outbox: Outbox, destinations: Destinations) {
    this.#outbox = outbox;
    this.#destinations = destinations;
  }

  created(request: S3Request, how: 'Put' | 'Copy' | 'CompleteMultipartUpload', version: Version): void {
    this.#emit(request, {
      ...base(request, version.seq, version.version_id),
      name: `ObjectCreated:${how}`,
      size: version.size,
      etag: version.etag,
    });
  }

  removed(request: S3Request, deletion: Deletion): void {
    const marker = deletion.kind === 'marker-created';
    this.#emit(request, {
      ...base(request, deletion.seq, deletion.versionId),
      name: marker ? 'ObjectRemoved:DeleteMarkerCreated' : 'ObjectRemoved:Delete',
    });
  }

  /** As S3 does when a configuration is put: refuses what cannot work, then sends `s3:TestEvent`. */
  announce(request: S3Request, configuration: NotificationConfiguration): void {
    const rules = [...configuration.queues, ...configuration.topics];
    for (const { arn } of rules) {
      const found = this.#destinations.describe(arn);
      if (found === undefined || found.fifo) {
        throw new AwsError(
          400,
          'InvalidArgument',
          'Unable to validate the following destination configurations',
          {
            members: {
              ArgumentName: arn,
              ArgumentValue:
                found === undefined
                  ? 'The destination does not exist'
                  : 'FIFO destinations are not supported',
            },
          },
        );
      }
    }
    const message = JSON.stringify(testEvent(request.bucket, request.requestId));
    for (const arn of new Set(rules.map((rule) => rule.arn))) this.#outbox.add({ destination: arn, message });
  }

  #emit(request: S3Request, event: ObjectEvent): void {
    const stored = JSON.parse(
      request.store.bucket(event.bucket).notifications,
    ) as Partial<NotificationConfiguration>;
    const configuration = { ...NO_NOTIFICATIONS, ...stored };
    for (const rule of [...configuration.queues, ...configuration.topics]) {
      if (!matches(rule, event.name, event.key)) continue;
      const message = JSON.stringify({ Records: [toS3Record(event, rule.id)] });
      this.#outbox.add({ destination: rule.arn, message, bucket: event.bucket, key: event.key });
    }
    if (configuration.eventBridge) {
      const message = JSON.stringify(toEventBridge(event, randomUUID()));
      this.#outbox.add({ destination: 'eventbridge', message, bucket: event.bucket, key: event.key });
    }
  }
}

function base(request: S3Request, seq: number, versionId: string | undefined) {
  const versioned = request.store.bucket(request.bucket).versioning !== '';
  return {
    bucket: request.bucket,
    key: request.key,
    sequencer: sequencer(seq),
    time: new Date().toISOString(),
    requestId: request.requestId,
    sourceIp: request.sourceIp,
    ...(versioned && versionId !== undefined ? { versionId } : {}),
  };
}
