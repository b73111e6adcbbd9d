import { setTimeout as delay } from 'node:timers/promises';

/** One message on its way out. */
export interface OutgoingMessage {
  body: string;
  attributes?: Readonly<Record<string, string>>;
  /** FIFO only. */
  groupId?: string;
  deduplicationId?: string;
  /** Standard queues only: when it may be received at the earliest, 0 to 900 s from now. */
  delaySeconds?: number;
}

/** What a batch call says about each of its entries, by position. */
export type EntryResult =
  | { ok: true; messageId: string }
  | { ok: false; senderFault: boolean; code: string; message: string };

export interface BatcherOptions {
  /** For error messages, for example `queue uploads`. */
  destination: string;
  /** Bytes of all messages of one call together, which is also the limit of one message. */
  maxBytes: number;
  send: (messages: readonly OutgoingMessage[]) => Promise<readonly EntryResult[]>;
}

/** SQS and SNS take ten messages per call. */
const MAX_COUNT = 10;
/** How long a message may wait for company, in ms. */
const LINGER_MS = 5;
const ATTEMPTS = 4;
/** Before the first repetition of entries that failed, in ms; doubles each time. */
const RETRY_MS = 100;

interface Pending {
  message: OutgoingMessage;
  bytes: number;
  attempt: number;
  resolve: (messageId: string) => void;
  reject: (error: Error) => void;
}

/**
 * Collects messages into calls bounded by count and bytes. Calls go out one after
 * the other, and one call holds at most one message of a FIFO group, because a
 * call may fail in part and a group must not be reordered by the retry.
 */
export class Batcher {
  readonly #options: BatcherOptions;
  #queue: Pending[] = [];
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BatcherOptions) {
    this.#options = options;
  }

  /** Resolves with the message id once the service has accepted the message. */
  add(message: OutgoingMessage): Promise<string> {
    const bytes = sizeOf(message);
    if (bytes > this.#options.maxBytes) {
      return Promise.reject(
        new Error(
          `A message for ${this.#options.destination} has ${bytes} bytes with its attributes; at most ${this.#options.maxBytes} are possible. Send a reference instead.`,
        ),
      );
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ message, bytes, attempt: 1, resolve, reject });
      if (this.#queue.length >= MAX_COUNT) void this.flush();
      else this.#timer ??= setTimeout(() => void this.flush(), LINGER_MS);
    });
  }

  /** Sends all that waits; resolves when each message has been accepted or refused. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // More than once: what was added as the last call ended was too late for that round.
    do {
      this.#sending ??= this.#sendAll().finally(() => {
        this.#sending = undefined;
      });
      await this.#sending;
    } while (this.#queue.length > 0);
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0) await this.#sendBatch(this.#nextBatch());
  }

  #nextBatch(): Pending[] {
    const batch: Pending[] = [];
    const rest: Pending[] = [];
    const groups = new Set<string>();
    let bytes = 0;
    for (const item of this.#queue) {
      const group = item.message.groupId;
      const fits =
        batch.length < MAX_COUNT &&
        bytes + item.bytes <= this.#options.maxBytes &&
        !(group !== undefined && groups.has(group));
      if (fits) {
        batch.push(item);
        bytes += item.bytes;
      } else {
        rest.push(item);
      }
      // Also when it did not fit: the later ones of its group stay behind it.
      if (group !== undefined) groups.add(group);
    }
    this.#queue = rest;
    return batch;
  }

  async #sendBatch(batch: Pending[]): Promise<void> {
    let results: readonly EntryResult[];
    try {
      results = await this.#options.send(batch.map((item) => item.message));
    } catch (error) {
      for (const item of batch) item.reject(error as Error);
      return;
    }
    const again: Pending[] = [];
    for (const [i, item] of batch.entries()) {
      const result = results[i];
      if (result?.ok === true) item.resolve(result.messageId);
      else if (result?.senderFault !== true && item.attempt < ATTEMPTS)
        again.push({ ...item, attempt: item.attempt + 1 });
      else
        item.reject(
          new Error(`${this.#options.destination} refused a message: ${result?.code}: ${result?.message}`),
        );
    }
    if (again.length > 0) await delay(RETRY_MS * 2 ** ((again[0]?.attempt ?? 2) - 2));
    this.#queue.unshift(...again);
  }
}

/** As SQS and SNS count: the body and each attribute's name, type and value, in UTF-8. */
function sizeOf(message: OutgoingMessage): number {
  let bytes = Buffer.byteLength(message.body);
  for (const [name, value] of Object.entries(message.attributes ?? {})) {
    bytes += Buffer.byteLength(name) + 'String'.length + Buffer.byteLength(value);
  }
  return bytes;
}
