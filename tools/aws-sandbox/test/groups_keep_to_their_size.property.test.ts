import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AutoScaling } from '../src/autoscaling/service.ts';
import { isLaunching, type Group, type LifecycleState } from '../src/autoscaling/group.ts';
import { GroupStore } from '../src/autoscaling/store.ts';
import { Ec2 } from '../src/ec2/service.ts';
import { Cloud } from '../src/ec2/time/cloud.ts';
import { Faults } from '../src/faults/rules.ts';
import { AwsError } from '../src/http/aws-error.ts';
import { openState } from '../src/state.ts';
import { SLOW } from './cloud.ts';

const RUNS = Number(process.env['MODEL_RUNS'] ?? 60);
const ZONES = ['us-east-1a', 'us-east-1b'];
const MAX = 3;
const REGION = 'us-east-1';

/** What may come after what, also when several of them come between two looks. */
const NEXT: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  Pending: ['Pending:Wait', 'Terminating:Wait', 'Terminating'],
  'Pending:Wait': ['Pending:Proceed', 'Terminating:Wait', 'Terminating'],
  'Pending:Proceed': ['InService'],
  InService: ['Terminating:Wait', 'Terminating'],
  'Terminating:Wait': ['Terminating:Proceed'],
  'Terminating:Proceed': [],
  Terminating: [],
};

interface Event {
  'detail-type': string;
  detail: Record<string, string>;
}

/** A group with hooks, a clock that is set by hand, and events that are kept. */
function groupWorld(dir: string) {
  const clock = { now: Date.UTC(2026, 0, 1) };
  const events: Event[] = [];
  const db = openState(dir);
  const faults = new Faults();
  const outbox = {
    add: ({ message }: { message: string }) => void events.push(JSON.parse(message) as Event),
  };
  const cloud = new Cloud({ db, stateDir: dir, faults, outbox, clock: () => clock.now });
  cloud.settings.set(SLOW);
  const [ec2, groups, store] = [new Ec2(cloud), new AutoScaling(db, cloud), new GroupStore(db)];
  const ask = (service: Ec2 | AutoScaling, action: string, params: Record<string, string>): string => {
    const { body } = service.call(action, new URLSearchParams(params), REGION, 'request');
    return typeof body === 'string' ? body : '';
  };
  const id = (text: string, pattern: RegExp) => pattern.exec(text)?.[0] ?? '';
  const vpc = id(ask(ec2, 'CreateVpc', { CidrBlock: '10.0.0.0/16' }), /vpc-\w{17}/);
  const subnets = ZONES.map((AvailabilityZone, i) =>
    id(
      ask(ec2, 'CreateSubnet', { VpcId: vpc, CidrBlock: `10.0.${i}.0/24`, AvailabilityZone }),
      /subnet-\w{17}/,
    ),
  );
  const template = id(
    ask(ec2, 'CreateLaunchTemplate', {
      LaunchTemplateName: 'web',
      'LaunchTemplateData.ImageId': 'ami-0123456789abcdef0',
    }),
    /lt-\w{17}/,
  );
  const hooks = ['LAUNCHING', 'TERMINATING'].flatMap((transition, i) =>
    Object.entries({
      LifecycleHookName: transition.toLowerCase(),
      LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
      HeartbeatTimeout: '300',
    }).map(([name, value]) => [`LifecycleHookSpecificationList.member.${i + 1}.${name}`, value]),
  );
  ask(groups, 'CreateAutoScalingGroup', {
    AutoScalingGroupName: 'web',
    'LaunchTemplate.LaunchTemplateId': template,
    MinSize: '0',
    MaxSize: String(MAX),
    DesiredCapacity: '2',
    VPCZoneIdentifier: subnets.join(','),
    ...(Object.fromEntries(hooks) as Record<string, string>),
  });
  return {
    clock,
    cloud,
    events,
    faults,
    ec2,
    groups,
    ask,
    group: (): Group => store.find(REGION, 'web')!,
    pass(ms: number): void {
      clock.now += ms;
      cloud.settle();
    },
    close(): void {
      cloud.close();
      db.close();
    },
  };
}
type World = ReturnType<typeof groupWorld>;

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 400_000 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('complete' as const),
      which: fc.nat(5),
      result: fc.constantFrom('CONTINUE', 'CONTINUE', 'ABANDON'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('resize' as const), to: fc.integer({ min: 0, max: MAX }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('lose' as const, 'restore' as const),
      zone: fc.constantFrom(...ZONES),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'kill' as const,
        'stop' as const,
        'impair' as const,
        'condemn' as const,
        'heartbeat' as const,
      ),
      which: fc.nat(5),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('refuse' as const), zone: fc.constantFrom(...ZONES) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const GROUP = { AutoScalingGroupName: 'web' };

function take(world: World, one: Step): void {
  const { ask, ec2, groups, cloud } = world;
  const { members } = world.group();
  const member = 'which' in one ? members[one.which % Math.max(1, members.length)] : undefined;
  switch (one.do) {
    case 'pass':
      return world.pass(one.ms);
    case 'resize':
      ask(groups, 'SetDesiredCapacity', { ...GROUP, DesiredCapacity: String(one.to) });
      return;
    case 'lose':
      return cloud.do(() => cloud.zones.lose(one.zone, cloud.now));
    case 'restore':
      return cloud.do(() => {
        cloud.zones.restore(one.zone);
        groups.tryAgain();
      });
    case 'refuse':
      world.faults.add({
        kind: 'insufficient-capacity',
        operation: 'ec2:Capacity',
        zone: one.zone,
        times: 2,
      });
      return;
    case 'complete':
    case 'heartbeat': {
      const action = member?.actions[0];
      if (member === undefined || action === undefined) return;
      const which = { ...GROUP, LifecycleHookName: action.hook, LifecycleActionToken: action.token };
      if (one.do === 'complete')
        ask(groups, 'CompleteLifecycleAction', { ...which, LifecycleActionResult: one.result });
      else ask(groups, 'RecordLifecycleActionHeartbeat', which);
      return;
    }
    case 'kill':
    case 'stop':
    case 'condemn':
    case 'impair': {
      if (member === undefined) return;
      const InstanceId = member.id;
      if (one.do === 'condemn') ask(groups, 'SetInstanceHealth', { InstanceId, HealthStatus: 'Unhealthy' });
      else if (one.do === 'impair')
        cloud.do(() => {
          const found = cloud.items.locate('instance', InstanceId)?.item;
          if (found?.state === 'running') cloud.items.replace({ ...found, impairedSince: cloud.now });
        });
      else
        unlessRefused(() =>
          ask(ec2, one.do === 'kill' ? 'TerminateInstances' : 'StopInstances', {
            'InstanceId.1': InstanceId,
          }),
        );
    }
  }
}

/** What is not running cannot be stopped. */
function unlessRefused(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
  }
}

/** Whether one state can come after another, over any that are passed through. */
function canFollow(before: LifecycleState, after: LifecycleState): boolean {
  return before === after || NEXT[before].some((next) => canFollow(next, after));
}

/** What holds at any time. */
function check(world: World, before: ReadonlyMap<string, LifecycleState>): Map<string, LifecycleState> {
  const group = world.group();
  expect(group.members.length).toBeLessThanOrEqual(MAX);
  for (const member of group.members) {
    const past = before.get(member.id);
    if (past !== undefined && !canFollow(past, member.state))
      throw new Error(`${member.id}: ${past} → ${member.state}`);
    expect(member.actions.length > 0).toBe(member.state.endsWith(':Wait'));
    const instance = world.cloud.items.locate('instance', member.id)?.item;
    if (isLaunching(member) && instance === undefined) throw new Error(`${member.id} was never launched`);
    expect(ZONES).toContain(member.zone);
  }
  // What runs for the group is in the group, but for what was given up with its zone.
  const known = new Set(group.members.map(({ id }) => id));
  for (const { item } of world.cloud.items.everywhere('instance'))
    if (!known.has(item.id)) expect(['shutting-down', 'terminated']).toContain(item.state);
  // Who waits has been told of, and by one token each.
  const told = world.events.map(({ detail }) => detail['LifecycleActionToken']);
  for (const { actions } of group.members) for (const { token } of actions) expect(told).toContain(token);
  return new Map(group.members.map(({ id, state }) => [id, state]));
}

/** Nothing fails any more, and every hook is completed. */
function settle(world: World): void {
  world.faults.clear();
  for (const zone of ZONES) take(world, { do: 'restore', zone });
  for (let round = 0; round < 60; round += 1) {
    world.pass(60_000);
    for (const { actions } of world.group().members)
      for (const { hook, token } of actions)
        world.ask(world.groups, 'CompleteLifecycleAction', {
          ...GROUP,
          LifecycleHookName: hook,
          LifecycleActionToken: token,
          LifecycleActionResult: 'CONTINUE',
        });
  }
}

it('keeps to its size and to the states, whatever is lost, killed, refused or not completed', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const dir = mkdtempSync(join(tmpdir(), 'groups-'));
      const model = groupWorld(dir);
      try {
        let seen = check(model, new Map());
        for (const one of steps) {
          take(model, one);
          seen = check(model, seen);
        }
        settle(model);
        check(model, seen);
        const { members, desired } = model.group();
        expect(members.map(({ state, health }) => [state, health])).toEqual(
          Array.from({ length: desired }, () => ['InService', 'Healthy']),
        );
        for (const { id } of members)
          expect(model.cloud.items.locate('instance', id)?.item.state).toBe('running');
        model.pass(7_200_000);
        expect(model.cloud.items.everywhere('instance')).toHaveLength(desired);
        expect(model.cloud.timeline.next()).toBeUndefined();
      } finally {
        model.close();
        rmSync(dir, { recursive: true, force: true });
      }
    }),
    { numRuns: RUNS },
  );
});

it('comes to the same whether anybody looks or not', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60_000 }), { maxLength: 30 }), (looks) => {
      const dirs = [mkdtempSync(join(tmpdir(), 'groups-')), mkdtempSync(join(tmpdir(), 'groups-'))];
      const [watched, left] = dirs.map(groupWorld);
      try {
        for (const ms of looks) watched!.pass(ms);
        left!.pass(looks.reduce((sum, ms) => sum + ms, 0));
        const shape = ({ group, events }: World) => ({
          members: group().members.map(({ zone, state, inService, until, actions }) => ({
            zone,
            state,
            inService,
            until,
            timeouts: actions.map(({ timeout }) => timeout),
          })),
          scaleAt: group().scaleAt,
          events: events.map((event) => event['detail-type']),
        });
        expect(shape(watched!)).toEqual(shape(left!));
      } finally {
        for (const one of [watched, left]) one?.close();
        for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
      }
    }),
    { numRuns: 20 },
  );
});
