import { randomBytes, randomUUID } from 'node:crypto';
import { ACCOUNT } from '../arn.ts';
import { containerOf, hasContainer, isEnded, type Job, type Placement } from '../jobs/job.ts';
import { NODE_ADDRESS, runOf } from './command.ts';
import { conclude } from './conclude.ts';
import { move } from './move.ts';
import { beginNodes, isMainNode, mirror, startOtherNodes, stopOtherNodes } from './nodes.ts';
import { stop } from './stop.ts';
import type { Exit, World } from './world.ts';

/** It has room: RUNNABLE → STARTING. */
export function startAttempt(world: World, job: Job, place: Placement): void {
  job.placement = place;
  move(world, job, 'STARTING');
  if (job.role === 'multinode') beginNodes(world, job);
  else beginContainer(world, job);
}

/** An attempt has its task from STARTING on. https://docs.aws.amazon.com/batch/latest/APIReference/API_AttemptContainerDetail.html */
function beginContainer(world: World, job: Job): void {
  const name = job.placement?.environment ?? '';
  const task = randomUUID().replaceAll('-', '');
  const ecs = `arn:aws:ecs:${job.region}:${ACCOUNT}`;
  job.attempts.push({
    taskArn: `${ecs}:task/${name}/${task}`,
    ...(job.spec.platform === 'FARGATE'
      ? {}
      : { containerInstanceArn: `${ecs}:container-instance/${name}/${randomBytes(16).toString('hex')}` }),
  });
  world.alarms.set(job, 'step', world.now + world.times.startingMs);
}

/** A node that starts: those of a multi-node job do not all at once. */
export function startNode(world: World, node: Job, place: Placement): void {
  node.placement = place;
  move(world, node, 'STARTING');
  beginContainer(world, node);
  mirror(world, node);
}

/** STARTING → RUNNING, if the container starts. */
export function runAttempt(world: World, job: Job): void {
  const container = containerOf(job);
  const attempt = job.attempts.at(-1);
  if (job.role === 'multinode' || container === undefined || attempt === undefined) return;
  const run = runOf(job, container, attempt.taskArn);
  const start = world.containers.start(run);
  if (start.kind === 'failed') {
    return endAttempt(world, job, { reason: start.reason, statusReason: 'Task failed to start' });
  }
  attempt.logStreamName = run.logStream;
  attempt.startedAt = world.now;
  // Nodes have an address each in AWS; here they are all of this machine.
  if (job.role === 'node') attempt.privateAddress = NODE_ADDRESS;
  world.logs.createStream(job.region, run.logStream, world.now);
  move(world, job, 'RUNNING');
  job.startedAt = world.now;
  if (start.kind === 'scripted') {
    job.scripted = { ...start.exit, ignoresSigterm: start.ignoresSigterm };
    world.alarms.set(job, 'exit', world.now + start.afterMs);
  }
  if (start.hostLostAfterMs !== undefined) world.alarms.set(job, 'host', world.now + start.hostLostAfterMs);
  if (job.role === 'node') nodeRuns(world, job);
  else startTimeout(world, job);
}

/** Of a multi-node job the timeout is that of the whole. https://docs.aws.amazon.com/batch/latest/userguide/job-lifecycle.html */
function startTimeout(world: World, job: Job): void {
  const { timeoutSeconds } = job.spec;
  if (timeoutSeconds === undefined) return;
  world.alarms.set(job, 'timeout', world.now + timeoutSeconds * world.times.secondMs);
}

/** When the main node runs, so does the job, and the others start. */
function nodeRuns(world: World, node: Job): void {
  mirror(world, node);
  const parent = world.jobs.find(node.parent ?? '');
  if (parent === undefined || !isMainNode(node)) return;
  move(world, parent, 'RUNNING');
  parent.startedAt = world.now;
  startTimeout(world, parent);
  startOtherNodes(world, parent, startNode);
}

/** A container has come to its end, by itself or not. */
export function endAttempt(world: World, job: Job, exit: Exit): void {
  const attempt = job.attempts.at(-1);
  if (attempt === undefined || !hasContainer(job)) return;
  const lost = job.ending?.kind === 'host-terminated';
  attempt.stoppedAt = world.now;
  // A machine that is gone tells no exit code.
  attempt.exitCode = lost ? undefined : exit.exitCode;
  attempt.reason = lost ? undefined : exit.reason;
  attempt.statusReason = job.ending?.reason ?? exit.statusReason ?? 'Essential container in task exited';
  world.alarms.clear(job, 'step', 'exit', 'timeout', 'kill', 'host');
  job.scripted = undefined;
  world.placementDue = true;
  if (job.role === 'node') endNode(world, job);
  else conclude(world, job, attempt);
}

/** Only the main node's end is the job's; with it all others are stopped, and then the job goes on or ends. */
function endNode(world: World, node: Job): void {
  const attempt = node.attempts.at(-1);
  mirror(world, node);
  move(
    world,
    node,
    attempt?.exitCode === 0 && node.ending === undefined ? 'SUCCEEDED' : 'FAILED',
    attempt?.statusReason,
  );
  node.stoppedAt = world.now;
  node.placement = undefined;
  const parent = world.jobs.find(node.parent ?? '');
  if (parent === undefined || isEnded(parent)) return;
  const nodes = world.jobs.membersOf(parent);
  const main = nodes.find(isMainNode);
  const last = main?.attempts.at(-1);
  if (main === undefined || last === undefined || !isEnded(main)) return;
  if (node === main) {
    world.alarms.clear(parent, 'timeout');
    stopOtherNodes(world, nodes, stop);
  }
  if (!nodes.every(isEnded) || isEnded(parent) || parent.status === 'RUNNABLE') return;
  if (main.ending !== undefined && parent.ending === undefined) parent.ending = main.ending;
  for (const one of nodes) one.ending = undefined;
  conclude(world, parent, last);
}
