import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Player, Simulation } from './simulation.ts';
import type { Story } from './story.ts';

/** Lambda tries what was called asynchronously again after a minute, and once more after two ("Asynchronous invocation"). */
const RETRY_AFTER_MS = [60_000, 120_000];

export interface LambdaOptions {
  simulation: Simulation;
  story: Story;
  sqs: SQSClient;
  /** Where the sandbox puts the events that the function's rules are about; EventBridge calls it itself. */
  queueUrl: string;
  /** Of its rule with a clock. */
  everyMs: number;
  invoke: () => Promise<unknown>;
}

/** Calls a function when its rules say so, and again when it fails. */
export class Lambda implements Player {
  /** It cannot be called at all: a deployment has broken it, say. */
  isDown = false;
  failures = 0;
  readonly #options: LambdaOptions;
  #isClosed = false;

  constructor(options: LambdaOptions) {
    this.#options = options;
    void this.#clock();
  }

  close(): void {
    this.#isClosed = true;
  }

  /** By an alarm, say. */
  call(): void {
    void this.#call(0);
  }

  async round(): Promise<void> {
    const { sqs, queueUrl: QueueUrl } = this.#options;
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    for (const { ReceiptHandle } of Messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      this.call();
    }
  }

  async #clock(): Promise<void> {
    for (;;) {
      await this.#options.simulation.wait(this.#options.everyMs);
      if (this.#isClosed) return;
      this.call();
    }
  }

  async #call(tries: number): Promise<void> {
    const { simulation, story, invoke } = this.#options;
    try {
      if (this.isDown) throw new Error('the function is down');
      await simulation.working(invoke);
    } catch (error) {
      this.failures += 1;
      story.tell(`the function failed: ${(error as Error).message}`);
      const after = RETRY_AFTER_MS[tries];
      if (after === undefined) return;
      await simulation.wait(after);
      if (!this.#isClosed) await this.#call(tries + 1);
    }
  }
}
