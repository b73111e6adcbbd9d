import { closedBy, closedIn, gpusOf } from './nodes.ts';
import { firstNode } from './columns.ts';
import { request, RestRefused, type Answer, type RestOptions } from './rest-http.ts';
import { arrayOf, dateOf, numberOf, tasksOf, textOf, wordsOf } from './rest-values.ts';
import {
  SlurmUnavailable,
  type SlurmClient,
  type SlurmJob,
  type SlurmNode,
  type Submission,
} from './slurm-client.ts';
import { sizeOfArray } from '../array-groups.ts';

export interface RestClientOptions extends RestOptions {
  partition?: string | undefined;
  account?: string | undefined;
  qos?: string | undefined;
  /** Where the programs of a job are looked for until it says so itself. */
  path: string;
}

const CANCELLED_AT_ONCE = 8;
/** In one address. */
const NAMES_AT_ONCE = 100;
const MONTH_SECONDS = 30 * 86_400;
/** Environments as lists, and numbers that may be unset, since then. */
const LISTS_SINCE = 39;

/** Slurm by slurmrestd, in the newest of the versions that it says it has. */
export function createRestClient(options: RestClientOptions): SlurmClient {
  let found: Promise<number> | undefined;

  /** v0.0.38 → 38. Asked once; again after a failure. */
  function version(): Promise<number> {
    found ??= request(options, 'GET', '/openapi/v3').then(newestOf);
    found.catch(() => (found = undefined));
    return found;
  }

  const ask = async (
    method: 'GET' | 'POST' | 'DELETE',
    of: 'slurm' | 'slurmdb',
    path: string,
    body?: unknown,
  ) => request(options, method, `/${of}/v0.0.${await version()}/${path}`, body);

  return {
    async submit(submission) {
      const body = submissionOf(submission, await version(), options);
      const id = numberOf((await ask('POST', 'slurm', 'job/submit', body))['job_id']);
      if (id === undefined) throw new SlurmUnavailable('slurmrestd took a job and gave no number for it');
      return String(id);
    },

    async jobs() {
      const { jobs } = await ask('GET', 'slurm', 'jobs');
      if (!Array.isArray(jobs)) throw new SlurmUnavailable('slurmrestd answers without a list of jobs');
      return arrayOf(jobs)
        .filter((job) => job['user_name'] === options.user)
        .flatMap(jobsOf);
    },

    async accounted(names) {
      const jobs: SlurmJob[] = [];
      const since = Math.floor(Date.now() / 1_000) - MONTH_SECONDS;
      for (let at = 0; at < names.length; at += NAMES_AT_ONCE) {
        const some = encodeURIComponent(names.slice(at, at + NAMES_AT_ONCE).join(','));
        const answer = await ask('GET', 'slurmdb', `jobs?job_name=${some}&start_time=${since}`).catch(
          unlessDisabled,
        );
        if (answer === undefined) return undefined;
        jobs.push(...arrayOf(answer['jobs']).map(accountedJob));
      }
      return jobs;
    },

    async cancel(handles) {
      for (let at = 0; at < handles.length; at += CANCELLED_AT_ONCE) {
        await Promise.all(
          handles.slice(at, at + CANCELLED_AT_ONCE).map(async (handle) => {
            await ask('DELETE', 'slurm', `job/${handle}`).catch((error: unknown) => {
              if (!(error instanceof RestRefused && error.isGone)) throw error;
            });
          }),
        );
      }
    },

    async nodes() {
      const { name, state } = partitionIn(await ask('GET', 'slurm', 'partitions'), options.partition);
      return arrayOf((await ask('GET', 'slurm', 'nodes'))['nodes'])
        .filter((node) => name === undefined || wordsOf(node['partitions']).includes(name))
        .map((node) => nodeOf(node, state));
    },
  };
}

function newestOf(answer: Answer): number {
  const versions = Object.keys((answer['paths'] as object | undefined) ?? {}).flatMap((path) => {
    const [, version] = /^\/slurm\/v0\.0\.(\d+)\/job\/submit/.exec(path) ?? [];
    return version === undefined ? [] : [Number(version)];
  });
  if (versions.length === 0)
    throw new SlurmUnavailable('slurmrestd has no version of the API by which jobs are submitted');
  return Math.max(...versions);
}

function submissionOf(submission: Submission, version: number, options: RestClientOptions): unknown {
  const { name, tasks, script, nodes, tasksPerNode, cores, memoryMiBPerNode, gpusPerNode, minutes } =
    submission;
  const { partition, account, qos, path } = options;
  const isOld = version < LISTS_SINCE;
  const number = (value: number): unknown => (isOld ? value : { set: true, infinite: false, number: value });
  const job = {
    name,
    ...(tasks === undefined ? {} : { array: `0-${tasks - 1}` }),
    ...(isOld ? { nodes: [nodes, nodes] } : { nodes: String(nodes) }),
    tasks: nodes * tasksPerNode,
    tasks_per_node: tasksPerNode,
    cpus_per_task: cores,
    threads_per_core: 1,
    ...(memoryMiBPerNode === undefined ? {} : { memory_per_node: number(memoryMiBPerNode) }),
    ...(gpusPerNode === 0
      ? {}
      : isOld
        ? { gpus_per_node: String(gpusPerNode) }
        : { tres_per_node: `gres/gpu:${gpusPerNode}` }),
    time_limit: number(minutes),
    requeue: false,
    standard_output: '/dev/null',
    current_working_directory: '/',
    environment: isOld ? { PATH: path } : [`PATH=${path}`],
    ...(partition === undefined ? {} : { partition }),
    ...(account === undefined ? {} : { account }),
    ...(qos === undefined ? {} : { qos }),
  };
  return isOld ? { script, job } : { job: { ...job, script } };
}

/** A record may stand for all tasks of an array that wait. */
function jobsOf(job: Answer): SlurmJob[] {
  const name = textOf(job['name']);
  const id = String(numberOf(job['job_id']));
  const task = numberOf(job['array_task_id']);
  const waiting = textOf(job['array_task_string']);
  const common = {
    id,
    name,
    state: wordsOf(job['job_state'])[0] ?? '',
    reason: textOf(job['state_reason']),
    cores: numberOf(job['cpus']) ?? 1,
    restarts: numberOf(job['restart_cnt']) ?? 0,
    startedAt: dateOf(job['start_time']),
    endedAt: dateOf(job['end_time']),
    node: firstNode(textOf(job['nodes'])),
  };
  const array = String(numberOf(job['array_job_id']));
  if (waiting !== '') {
    return tasksOf(waiting, sizeOfArray(name)).map((one) => ({
      ...common,
      handle: `${array}_${one}`,
      task: one,
    }));
  }
  return [{ ...common, handle: task === undefined ? id : `${array}_${task}`, task }];
}

function accountedJob(job: Answer): SlurmJob {
  const of = (key: string): Answer => (job[key] ?? {}) as Answer;
  const id = String(numberOf(job['job_id']));
  const task = numberOf(of('array')['task_id']) ?? numberOf(of('array')['task']);
  return {
    id,
    handle: id,
    name: textOf(job['name']),
    task,
    state: wordsOf(of('state')['current'])[0] ?? '',
    reason: textOf(of('state')['reason']),
    cores: numberOf(of('required')['CPUs']) ?? 1,
    restarts: 0,
    startedAt: dateOf(of('time')['start']),
    endedAt: dateOf(of('time')['end']),
    node: firstNode(textOf(job['nodes'])),
  };
}

function nodeOf(node: Answer, partition: string): SlurmNode {
  return {
    name: textOf(node['name']),
    cores: (numberOf(node['sockets']) ?? 1) * (numberOf(node['cores']) ?? 1),
    memoryMiB: numberOf(node['real_memory']) ?? 0,
    gpus: gpusOf(textOf(node['gres'])),
    closed: closedIn(
      partition,
      closedBy([...wordsOf(node['state']), ...wordsOf(node['state_flags'])], textOf(node['reason'])),
    ),
  };
}

/** The one that is named, or the default one; without a name it does not say which, and all nodes count. */
function partitionIn(
  answer: Answer,
  wanted: string | undefined,
): { name: string | undefined; state: string } {
  const isIt = (partition: Answer): boolean =>
    wanted === undefined
      ? wordsOf(partition['flags']).some((flag) => flag.toLowerCase() === 'default')
      : partition['name'] === wanted;
  const found = arrayOf(answer['partitions']).find(isIt);
  if (found === undefined) return { name: wanted, state: '' };
  // Since v0.0.40 as { partition: { state: ['UP'] } }.
  const inner = found['partition'] as Answer | undefined;
  return { name: textOf(found['name']), state: wordsOf(found['state'] ?? inner?.['state'])[0] ?? '' };
}

/** ESLURM_ACCOUNTING_STORAGE… and slurmdbd that was never configured. */
function unlessDisabled(error: unknown): undefined {
  if (
    error instanceof Error &&
    /accounting.*(disabled|not (enabled|configured))|no accounting/i.test(error.message)
  )
    return undefined;
  throw error;
}
