import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { EC2Client } from '@aws-sdk/client-ec2';

/** When a function dies: at a write, before it is sent or before it has heard of the answer. */
export interface Death {
  /** 1 is the next one. */
  atWrite: number;
  when: 'before' | 'after';
}

/** A heartbeat changes nothing that another one would not, and there are many of them. */
const isRead = (command: string): boolean =>
  /^(Describe|Get|List|RecordLifecycleActionHeartbeat)/.test(command);

/** Counts what functions write, and lets them die at one of these writes. */
export class Executioner {
  writes = 0;
  #death: Death | undefined;

  /** From now on. */
  sentence(death: Death | undefined): void {
    this.#death = death && { ...death, atWrite: this.writes + death.atWrite };
  }

  get isDone(): boolean {
    return this.#death === undefined;
  }

  /** Runs a function whose clients these are; when it dies it does nothing any more, which to Lambda is an error. */
  run<T>(clients: readonly (EC2Client | AutoScalingClient)[], work: () => Promise<T>): Promise<T> {
    const { promise: dead, reject } = Promise.withResolvers<T>();
    const dies = (when: Death['when']): boolean =>
      this.#death?.when === when && this.writes === this.#death.atWrite;
    const die = (command: string, when: Death['when']): Promise<never> => {
      this.#death = undefined;
      reject(new Error(`it died ${when} ${command.replace(/Command$/, '')}`));
      return new Promise(() => {});
    };
    for (const client of clients)
      (client as EC2Client).middlewareStack.add(
        (next, { commandName = '' }) =>
          async (args) => {
            if (isRead(commandName)) return next(args);
            this.writes += 1;
            if (dies('before')) return die(commandName, 'before');
            const answer = await next(args);
            return dies('after') ? die(commandName, 'after') : answer;
          },
        { step: 'initialize' },
      );
    return Promise.race([work(), dead]);
  }
}
