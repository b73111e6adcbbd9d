import type { SnsService } from './sns/service.ts';
import type { Messages } from './sqs/messages.ts';
import { isFifo, type Queues } from './sqs/queues.ts';

export interface DeliveryOptions {
  groupId?: string;
  deduplicationId?: string;
}

/** Where notifications and rules deliver to: queues and topics, by ARN. */
export class Destinations {
  readonly #queues: Queues;
  readonly #messages: Messages;
  readonly #topics: SnsService;

  constructor(queues: Queues, messages: Messages, topics: SnsService) {
    this.#queues = queues;
    this.#messages = messages;
    this.#topics = topics;
  }

  /** Undefined when there is no such queue or topic. */
  describe(arn: string): { fifo: boolean } | undefined {
    if (!arn.startsWith('arn:aws:sqs:')) return this.#topics.describe(arn);
    const queue = this.#queues.find(nameIn(arn));
    return queue === undefined ? undefined : { fifo: isFifo(queue) };
  }

  /** A destination that is gone swallows the message, as in AWS. */
  async deliver(arn: string, message: string, options: DeliveryOptions = {}): Promise<void> {
    if (this.describe(arn) === undefined) return;
    if (arn.startsWith('arn:aws:sqs:')) {
      this.#messages.send(nameIn(arn), message, {}, options);
      return;
    }
    const form = new URLSearchParams({
      Action: 'Publish',
      TopicArn: arn,
      Message: message,
      Subject: 'Amazon S3 Notification',
    });
    const reply = await this.#topics.call('Publish', form.toString(), undefined);
    if (reply.status >= 400) throw new Error(`${arn} answered ${reply.status}`);
  }
}

function nameIn(arn: string): string {
  return arn.split(':').at(-1) ?? '';
}
