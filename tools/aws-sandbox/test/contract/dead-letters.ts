import {
  ListMessageMoveTasksCommand,
  StartMessageMoveTaskCommand,
  type ListMessageMoveTasksResultEntry,
  type SendMessageCommandInput,
  type StartMessageMoveTaskCommandInput,
} from '@aws-sdk/client-sqs';
import type { Aws } from './contract.ts';
import { defined, eventually } from './helpers.ts';
import { Queue } from './queues.ts';

/** A dead-letter queue, and short words for its redrive. */
export class DeadLetters {
  readonly queue: Queue;
  readonly #aws: Aws;

  private constructor(aws: Aws, queue: Queue) {
    this.#aws = aws;
    this.queue = queue;
  }

  static async create(aws: Aws, { fifo = false } = {}): Promise<DeadLetters> {
    return new DeadLetters(aws, await (fifo ? Queue.createFifo(aws) : Queue.create(aws)));
  }

  /** With the queue that the messages come from. */
  static async of(aws: Aws, bodies: readonly string[]): Promise<{ dead: DeadLetters; origin: Queue }> {
    const dead = await DeadLetters.create(aws);
    return { dead, origin: await dead.from(bodies) };
  }

  /** Sends messages to a new queue and receives them until its redrive policy has moved all of them here. */
  async from(
    bodies: readonly string[],
    options: (body: string) => Partial<SendMessageCommandInput> = () => ({}),
  ): Promise<Queue> {
    const origin = await Queue.createWithDeadLetters(this.#aws, this.queue, 1);
    const before = await this.queue.count();
    for (const body of bodies) await origin.send(body, options(body));
    await eventually('all are dead letters', this.#aws.patience, async () => {
      await origin.receive({ VisibilityTimeout: 0 });
      return (await this.queue.count()) === before + bodies.length ? true : undefined;
    });
    return origin;
  }

  async redrive(options: Partial<StartMessageMoveTaskCommandInput> = {}): Promise<string> {
    const { TaskHandle } = await this.#aws.sqs.send(
      new StartMessageMoveTaskCommand({ SourceArn: this.queue.arn, ...options }),
    );
    return defined(TaskHandle);
  }

  async tasks(MaxResults?: number): Promise<ListMessageMoveTasksResultEntry[]> {
    const { Results = [] } = await this.#aws.sqs.send(
      new ListMessageMoveTasksCommand({ SourceArn: this.queue.arn, MaxResults }),
    );
    return Results;
  }

  /** The newest task, once it has that status. */
  task(status: string): Promise<ListMessageMoveTasksResultEntry> {
    return eventually(`a task that is ${status}`, this.#aws.patience, async () => {
      const [task] = await this.tasks();
      return task?.Status === status ? task : undefined;
    });
  }
}
