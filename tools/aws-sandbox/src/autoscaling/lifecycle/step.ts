import type { Due } from '../../ec2/time/timeline.ts';
import { update, type World } from '../activity.ts';
import { missingIn, type Group, type Member } from '../group.ts';
import { completeAction, waitForHooks } from './hooks.ts';
import { sicknessOf } from './health.ts';
import { planScaling, scale } from './scale.ts';
import { abandonLost, leave, startTermination, terminateInstance } from './terminate.ts';

/** What happens next in any group, be it to one of its instances or to its size. */
export function nextOfGroups(world: World): Due | undefined {
  let earliest: Due | undefined;
  for (const group of world.store.list()) {
    for (const due of duesOf(world, group))
      if (earliest === undefined || due.at < earliest.at) earliest = due;
  }
  return earliest;
}

function* duesOf(world: World, group: Group): Generator<Due> {
  for (const member of group.members) {
    const step = stepOf(world, group, member);
    if (step !== undefined) yield { at: step.at, run: () => save(world, group, step.run) };
  }
  if (group.deleting && group.members.length === 0)
    yield { at: world.cloud.now, run: () => world.store.remove(group) };
  if (group.scaleAt !== undefined && missingIn(group) !== 0)
    yield { at: group.scaleAt, run: () => save(world, group, () => scale(world, group)) };
}

/** Changes a group, and keeps it. */
export function save(world: World, group: Group, change: () => void): void {
  change();
  planScaling(world, group);
  world.store.put(group);
}

function stepOf(world: World, group: Group, member: Member): Due | undefined {
  const lost = world.cloud.zones.lostSince(member.zone);
  if (lost !== undefined) return stepWhenLost(world, group, member, lost);
  const instance = world.cloud.items.locate('instance', member.id)?.item;
  switch (member.state) {
    case 'Pending':
      if (instance?.state === 'running')
        return { at: instance.since, run: () => afterLaunch(world, group, member) };
      return stepWhenSick(world, group, member, instance?.state !== 'pending');
    case 'Pending:Wait':
    case 'Terminating:Wait': {
      const isGone = instance?.state !== 'running' && member.state === 'Pending:Wait';
      return earlier(timeoutOf(world, group, member), stepWhenSick(world, group, member, isGone));
    }
    case 'Pending:Proceed':
      return { at: member.until ?? 0, run: () => putIntoService(world, member) };
    case 'InService':
      return stepWhenSick(world, group, member, true);
    case 'Terminating:Proceed':
      if (member.until !== undefined)
        return {
          at: member.until,
          run: () => {
            member.until = undefined;
            terminateInstance(world, member);
          },
        };
      return stepWhenEnded();
    case 'Terminating':
      return stepWhenEnded();
  }

  function stepWhenEnded(): Due | undefined {
    if (instance !== undefined && instance.state !== 'terminated') return undefined;
    return { at: instance?.since ?? 0, run: () => leave(world, group, member) };
  }
}

function afterLaunch(world: World, group: Group, member: Member): void {
  if (!waitForHooks(world, group, member, 'autoscaling:EC2_INSTANCE_LAUNCHING'))
    putIntoService(world, member);
}

function putIntoService(world: World, member: Member): void {
  member.state = 'InService';
  member.until = undefined;
  member.inService = world.cloud.now;
  update(world, member.activity, 'Successful');
}

/** The first of its hooks that nobody has completed in time. */
function timeoutOf(world: World, group: Group, member: Member): Due | undefined {
  const first = member.actions.toSorted((a, b) => a.timeout - b.timeout)[0];
  if (first === undefined) return undefined;
  return {
    at: first.timeout,
    run: () => completeAction(world, group, member, first, first.defaultResult),
  };
}

function stepWhenSick(world: World, group: Group, member: Member, applies: boolean): Due | undefined {
  const sickness = applies ? sicknessOf(world, group, member) : undefined;
  if (sickness === undefined) return undefined;
  return {
    at: sickness.at,
    run: () => {
      if (member.state !== 'InService')
        update(world, member.activity, 'Cancelled', 'The instance ended before it was in service.');
      member.health = 'Unhealthy';
      startTermination(
        world,
        group,
        member,
        `an instance was taken out of service in response to ${sickness.cause}`,
      );
    },
  };
}

/** It is unhealthy when a health check would have told, and given up later; nothing else happens to it. */
function stepWhenLost(world: World, group: Group, member: Member, since: number): Due {
  const { healthCheckMs, zoneLossMs } = world.cloud.times;
  if (member.health === 'Healthy' && healthCheckMs < zoneLossMs) {
    return {
      at: since + healthCheckMs,
      run: () => {
        member.health = 'Unhealthy';
        member.replaceAt = world.cloud.now;
      },
    };
  }
  return { at: since + zoneLossMs, run: () => abandonLost(world, group, member) };
}

function earlier(a: Due | undefined, b: Due | undefined): Due | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.at <= b.at ? a : b;
}
