import type { Job, JobSpec, Role } from '../src/batch/jobs/job.ts';
import { vcpusOf } from '../src/batch/jobs/job.ts';
import { Jobs } from '../src/batch/jobs/jobs.ts';
import { Engine } from '../src/batch/lifecycle/engine.ts';
import type { Containers, Places, Run, Start } from '../src/batch/lifecycle/world.ts';

export const QUEUE = 'arn:aws:batch:us-east-1:000000000000:job-queue/q';
const TIMES = { resourceMs: 0, submittedMs: 10, runnableMs: 10, startingMs: 10, runningMs: 100, secondMs: 1 };

/** Containers that end when they are told to. */
export class FakeContainers implements Containers {
  readonly running = new Map<string, Run>();
  /** Those that SIGTERM, or SIGKILL, has reached: to be ended by the test. */
  readonly signalled = new Map<string, 'SIGTERM' | 'SIGKILL'>();
  started = 0;
  next: (run: Run) => Start = () => ({ kind: 'running' });

  start(run: Run): Start {
    const start = this.next(run);
    if (this.running.has(run.key)) throw new Error(`${run.key} is started twice`);
    if (start.kind === 'running') this.running.set(run.key, run);
    this.started += 1;
    return start;
  }

  signal(key: string, signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.running.has(key)) this.signalled.set(key, signal);
  }
}

/** The lifecycle without anything around it: a clock that is set by hand, one queue, one environment. */
export function batchWorld(maxvCpus = 4) {
  const clock = { now: 1_000 };
  const jobs = new Jobs({ load: () => [], save: () => {} });
  const containers = new FakeContainers();
  const logs = { createStream: () => {}, append: () => {} };
  const places: Places = {
    inOrder: (queues) => queues,
    place: (job) =>
      jobs.vcpusIn(job.region, 'ce') + vcpusOf(job) <= maxvCpus
        ? { environment: 'ce', instanceId: 'i-0', vcpus: vcpusOf(job) }
        : { blocked: undefined, retry: false },
    timeLimitOf: () => undefined,
  };
  const engine = new Engine({ jobs, containers, logs, places, times: () => TIMES, clock: () => clock.now });
  let count = 0;
  return {
    clock,
    jobs,
    containers,
    engine,
    /** `vcpus` of one container. */
    submit(spec: Partial<JobSpec> & { numNodes?: number } = {}, vcpus = 1): Job {
      const { numNodes, ...rest } = spec;
      const container = {
        command: ['true'],
        environment: [],
        resourceRequirements: [{ type: 'VCPU' as const, value: String(vcpus) }],
      };
      const nodes =
        numNodes === undefined
          ? undefined
          : {
              numNodes,
              mainNode: 0,
              containerOf: Array.from({ length: numNodes }, () => 0),
              containers: [{ targetNodes: ':', container, instanceTypes: [] }],
            };
      const role: Role =
        nodes !== undefined ? 'multinode' : rest.arraySize !== undefined ? 'array' : 'single';
      const id = `job-${(count += 1)}`;
      return engine.do((world) => {
        const job = jobs.add({
          id,
          region: 'us-east-1',
          role,
          spec: {
            name: id,
            queue: QUEUE,
            definition: 'arn:aws:batch:us-east-1:000000000000:job-definition/d:1',
            platform: 'EC2',
            parameters: {},
            dependsOn: [],
            tags: {},
            propagateTags: false,
            ...(nodes === undefined ? { container } : { nodes }),
            ...rest,
          },
          status: 'SUBMITTED',
          createdAt: world.now,
          attempts: [],
          alarms: {},
        });
        world.alarms.set(job, 'step', world.now + TIMES.submittedMs);
        return job;
      });
    },
    /** Time passes. */
    pass(ms: number): void {
      clock.now += ms;
      engine.do(() => {});
    },
    exit(key: string, exitCode: number, reason?: string): void {
      containers.running.delete(key);
      containers.signalled.delete(key);
      engine.exited(key, { exitCode, reason });
    },
  };
}
export type BatchWorld = ReturnType<typeof batchWorld>;
