import { z } from 'zod';
import { setting } from './config/setting.ts';
import type { Component } from './lifecycle.ts';
import type { Logger } from './logger.ts';

export const taskProtectionSettings = {
  ECS_AGENT_URI: setting(z.url({ protocol: /^https?$/ }).optional(), {
    description: 'Set by ECS in its tasks: they are not chosen to be stopped by scaling in while they work',
    example: 'http://169.254.170.2/api/0123456789abcdef',
  }),
};

/** Asked for ahead, in minutes, so that a task that hangs can be stopped some day. */
const MINUTES = 10;
/** Half of it is left when it is asked for again, for as long as there is work, in ms. */
const RENEW_MS = (MINUTES * 60_000) / 2;
/** Work that comes piece by piece is one: so long after the last piece it is over, in ms. */
const QUIET_MS = 10_000;
const TIMEOUT_MS = 5_000;

export interface TaskProtection extends Component {
  /** Does a piece of work, and asks ECS not to scale this task in meanwhile. Work goes on when ECS does not answer. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Keeps a task of ECS from being chosen when a service is scaled in, for as long as it works on something
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html). A deployment
 * waits for it, too. Without an agent, everywhere but on ECS, it does nothing.
 */
export function createTaskProtection(
  agent: string | undefined,
  logger: Logger,
  quietMs: number = QUIET_MS,
): TaskProtection {
  let working = 0;
  /** What was asked for last. */
  let isAsked = false;
  let renewal: NodeJS.Timeout | undefined;
  let release: NodeJS.Timeout | undefined;
  let asking: Promise<void> = Promise.resolve();

  /** One after the other, so that the last word is the last one to arrive. */
  function ask(isProtected: boolean): void {
    isAsked = isProtected;
    clearInterval(renewal);
    if (isProtected) renewal = setInterval(() => ask(true), RENEW_MS).unref();
    asking = asking.then(async () => {
      try {
        const answer = await fetch(`${agent}/task-protection/v1/state`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(
            isProtected
              ? { ProtectionEnabled: true, ExpiresInMinutes: MINUTES }
              : { ProtectionEnabled: false },
          ),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        const said = (await answer.json()) as { failure?: unknown; error?: unknown };
        if (!answer.ok || said.failure !== undefined || said.error !== undefined) {
          throw new Error(`${answer.status}: ${JSON.stringify(said)}`);
        }
      } catch (error) {
        logger.warn(
          { error },
          'ECS did not take the protection of this task: scaling in may stop it in its work',
        );
      }
    });
  }

  return {
    name: 'task protection',
    async during(work) {
      if (agent === undefined) return work();
      working += 1;
      clearTimeout(release);
      if (!isAsked) ask(true);
      try {
        return await work();
      } finally {
        working -= 1;
        if (working === 0) release = setTimeout(() => ask(false), quietMs).unref();
      }
    },
    /** A task that stops is not held. */
    async stop() {
      clearTimeout(release);
      if (isAsked) ask(false);
      await asking;
    },
  };
}
