import { randomUUID } from 'node:crypto';
import { update, type World } from '../activity.ts';
import type { Group, HookResult, LifecycleAction, Member, Transition } from '../group.ts';
import { startTermination } from './terminate.ts';
import { tellOfAction } from './events.ts';

/** "The maximum is 172800 seconds (48 hours) or 100 times HeartbeatTimeout, whichever is smaller." */
export const globalSeconds = (heartbeatSeconds: number): number => Math.min(172_800, 100 * heartbeatSeconds);

/** Whether the instance has to wait: for all hooks of that transition at once. */
export function waitForHooks(world: World, group: Group, member: Member, transition: Transition): boolean {
  const hooks = group.hooks.filter((one) => one.transition === transition);
  if (hooks.length === 0) return false;
  member.state = transition === 'autoscaling:EC2_INSTANCE_LAUNCHING' ? 'Pending:Wait' : 'Terminating:Wait';
  member.actions = hooks.map((hook): LifecycleAction => {
    const action = {
      hook: hook.name,
      token: randomUUID(),
      heartbeatSeconds: hook.heartbeatSeconds,
      defaultResult: hook.defaultResult,
      started: world.cloud.now,
      timeout: world.cloud.now + hook.heartbeatSeconds * 1_000,
    };
    tellOfAction(world, group, member, hook, action);
    return action;
  });
  update(world, member.activity, 'MidLifecycleAction');
  return true;
}

/**
 * One that an instance waits for is over. An abandoned launch is the end of the instance; at its end it makes no
 * difference, but that no other hook is waited for.
 */
export function completeAction(
  world: World,
  group: Group,
  member: Member,
  action: LifecycleAction,
  result: HookResult,
): void {
  member.actions = result === 'ABANDON' ? [] : member.actions.filter(({ token }) => token !== action.token);
  if (member.state === 'Pending:Wait' && result === 'ABANDON') {
    update(world, member.activity, 'Cancelled', `The lifecycle action of ${action.hook} was abandoned.`);
    startTermination(
      world,
      group,
      member,
      'an instance was taken out of service because its launch was abandoned.',
    );
    return;
  }
  if (member.actions.length > 0) return;
  member.state = member.state === 'Pending:Wait' ? 'Pending:Proceed' : 'Terminating:Proceed';
  member.until = world.cloud.now + world.cloud.times.proceedMs;
}

/** The timeout begins anew, but for the longest that an instance waits at all. */
export function recordHeartbeat({ cloud }: World, action: LifecycleAction): void {
  action.timeout = Math.min(
    cloud.now + action.heartbeatSeconds * 1_000,
    action.started + globalSeconds(action.heartbeatSeconds) * 1_000,
  );
}
