import type { Job, Placement } from '../jobs/job.ts';
import { startNode } from './attempt.ts';
import { move } from './move.ts';
import type { World } from './world.ts';

export const isMainNode = (node: Job): boolean => node.index === node.spec.nodes?.mainNode;

/**
 * The main node is launched first, the others when it runs.
 * https://docs.aws.amazon.com/batch/latest/userguide/job-lifecycle.html
 */
export function beginNodes(world: World, parent: Job): void {
  if (world.jobs.membersOf(parent).length === 0) makeNodes(world, parent);
  for (const node of world.jobs.membersOf(parent)) {
    if (node.status !== 'RUNNABLE') move(world, node, 'RUNNABLE');
    node.ending = undefined;
    if (isMainNode(node) && parent.placement !== undefined) startNode(world, node, parent.placement);
  }
}

function makeNodes(world: World, parent: Job): void {
  for (let index = 0; index < (parent.spec.nodes?.numNodes ?? 0); index += 1) {
    world.jobs.add({
      id: `${parent.id}#${index}`,
      region: parent.region,
      role: 'node',
      parent: parent.id,
      index,
      spec: parent.spec,
      status: 'RUNNABLE',
      createdAt: world.now,
      attempts: [],
      alarms: {},
    });
  }
}

/** The attempts of a multi-node job are those of its main node. */
export function mirror(world: World, node: Job): void {
  const parent = world.jobs.find(node.parent ?? '');
  if (parent === undefined || !isMainNode(node)) return;
  parent.attempts = node.attempts.map((attempt) => ({ ...attempt }));
  world.jobs.touch(parent);
}

/** But those that have been terminated meanwhile. */
export function startOtherNodes(
  world: World,
  parent: Job,
  start: (world: World, node: Job, place: Placement) => void,
): void {
  for (const node of world.jobs.membersOf(parent)) {
    if (node.status !== 'RUNNABLE' || parent.placement === undefined) continue;
    if (node.ending === undefined) start(world, node, parent.placement);
    else fail(world, node, node.ending.reason);
  }
}

/** Those that have not started never will. */
export function stopOtherNodes(
  world: World,
  nodes: readonly Job[],
  stop: (world: World, job: Job, ending: { kind: 'main-node-ended'; reason: string }) => void,
): void {
  const reason = 'The main node has ended';
  for (const node of nodes) {
    if (node.status === 'RUNNABLE') fail(world, node, reason);
    else stop(world, node, { kind: 'main-node-ended', reason });
  }
}

function fail(world: World, node: Job, reason: string): void {
  move(world, node, 'FAILED', reason);
  node.stoppedAt = world.now;
}
