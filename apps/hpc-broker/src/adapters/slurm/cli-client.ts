import { firstNode, linesOf, stateOf, timeOf } from './columns.ts';
import { closedBy, closedIn, gpusOf } from './nodes.ts';
import { runTool } from './run-tool.ts';
import {
  SlurmRefused,
  SlurmUnavailable,
  type SlurmClient,
  type SlurmJob,
  type SlurmNode,
  type Submission,
} from './slurm-client.ts';

export interface CliClientOptions {
  /** Where sbatch and the others are looked for. */
  path: string;
  /** SLURM_CONF, where it is not /etc/slurm/slurm.conf. */
  conf?: string | undefined;
  partition?: string | undefined;
  account?: string | undefined;
  qos?: string | undefined;
  /** Whose jobs these are: the user that this process runs as. */
  user: string;
  withinMs?: number | undefined;
}

const WITHIN_MS = 30_000;
/** Names or handles in one command: all of them have to fit into one argument of 128 KiB. */
const AT_ONCE = 1_000;

const JOB_FIELDS = [
  'JobID',
  'ArrayJobID',
  'ArrayTaskID',
  'Name',
  'State',
  'Reason',
  'NumCPUs',
  'RestartCnt',
  'StartTime',
  'EndTime',
  'NodeList',
] as const;
const ACCOUNTED_FIELDS = [
  'JobIDRaw',
  'JobID',
  'JobName',
  'State',
  'NCPUS',
  'Start',
  'End',
  'NodeList',
] as const;
const NODE_FIELDS = [
  'NodeList',
  'Partition',
  'StateComplete',
  'Available',
  'SocketCoreThread',
  'Memory',
  'Gres',
  'Reason',
] as const;

/** Slurm by sbatch, squeue, sacct, scancel and sinfo. */
export function createCliClient(options: CliClientOptions): SlurmClient {
  const { path, conf, partition, account, qos, user, withinMs = WITHIN_MS } = options;
  const env = {
    PATH: path,
    SLURM_TIME_FORMAT: '%s',
    ...(conf === undefined ? {} : { SLURM_CONF: conf }),
  };
  const run = (tool: string, args: readonly string[], input?: string): Promise<string> =>
    runTool(tool, args, { env, withinMs }, input);
  const place = [
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(qos === undefined ? [] : [`--qos=${qos}`]),
  ];

  return {
    async submit(submission) {
      const said = await run('sbatch', [...optionsOf(submission), ...place], submission.script);
      // 12;cluster
      const [, id] = /^(\d+)(;.*)?$/m.exec(said) ?? [];
      if (id === undefined) throw new SlurmUnavailable(`sbatch said ${JSON.stringify(said.slice(0, 200))}`);
      return id;
    },

    async jobs() {
      const format = JOB_FIELDS.map((field) => `${field}:|`).join(',');
      const said = await run('squeue', ['-h', '-r', '-t', 'all', '-u', user, '-O', format]);
      return linesOf(said, JOB_FIELDS).map((line): SlurmJob => {
        const isTask = /^\d+$/.test(line.ArrayTaskID);
        return {
          id: line.JobID,
          handle: isTask ? `${line.ArrayJobID}_${line.ArrayTaskID}` : line.JobID,
          name: line.Name,
          task: isTask ? Number(line.ArrayTaskID) : undefined,
          state: line.State,
          reason: line.Reason,
          cores: Number(line.NumCPUs),
          restarts: Number(line.RestartCnt),
          startedAt: timeOf(line.StartTime),
          endedAt: timeOf(line.EndTime),
          node: firstNode(line.NodeList),
        };
      });
    },

    async accounted(names) {
      const jobs: SlurmJob[] = [];
      for (let at = 0; at < names.length; at += AT_ONCE) {
        const some = names.slice(at, at + AT_ONCE).join(',');
        const said = await run('sacct', [
          '-X',
          '-n',
          '-P',
          `--name=${some}`,
          `--format=${ACCOUNTED_FIELDS.join(',')}`,
          '--starttime=now-30days',
        ]).catch((error: unknown) => {
          if (error instanceof SlurmRefused && /accounting storage is disabled/i.test(error.message))
            return undefined;
          throw error;
        });
        if (said === undefined) return undefined;
        jobs.push(...linesOf(said, ACCOUNTED_FIELDS).map(accountedJob));
      }
      return jobs;
    },

    async cancel(handles) {
      for (let at = 0; at < handles.length; at += AT_ONCE) {
        // What has ended meanwhile is no error for it.
        await run('scancel', ['-Q', ...handles.slice(at, at + AT_ONCE)]);
      }
    },

    async nodes() {
      const format = NODE_FIELDS.map((field) => `${field}:|`).join(',');
      const only = partition === undefined ? [] : [`--partition=${partition}`];
      const lines = linesOf(await run('sinfo', ['-h', '-N', ...only, '-O', format]), NODE_FIELDS);
      return lines
        .filter((line) => partition !== undefined || line.Partition.endsWith('*'))
        .map((line): SlurmNode => {
          const [sockets = 1, cores = 1] = line.SocketCoreThread.split(':').map(Number);
          return {
            name: line.NodeList,
            cores: sockets * cores,
            memoryMiB: Number(line.Memory),
            gpus: gpusOf(line.Gres),
            closed: closedIn(line.Available, closedBy(line.StateComplete.split('+'), line.Reason)),
          };
        });
    },
  };
}

/** sbatch(1). The environment is that of this tool: PATH, and nothing of the broker. */
function optionsOf(submission: Submission): string[] {
  const { name, tasks, nodes, tasksPerNode, cores, memoryMiBPerNode, gpusPerNode, minutes } = submission;
  return [
    '--parsable',
    `--job-name=${name}`,
    ...(tasks === undefined ? [] : [`--array=0-${tasks - 1}`]),
    `--nodes=${nodes}`,
    `--ntasks-per-node=${tasksPerNode}`,
    `--cpus-per-task=${cores}`,
    '--threads-per-core=1',
    ...(memoryMiBPerNode === undefined ? [] : [`--mem=${memoryMiBPerNode}M`]),
    ...(gpusPerNode === 0 ? [] : [`--gpus-per-node=${gpusPerNode}`]),
    `--time=${minutes}`,
    '--no-requeue',
    '--output=/dev/null',
    '--chdir=/',
  ];
}

function accountedJob(line: Record<(typeof ACCOUNTED_FIELDS)[number], string>): SlurmJob {
  const [, task] = /^\d+_(\d+)$/.exec(line.JobID) ?? [];
  return {
    id: line.JobIDRaw,
    handle: line.JobID,
    name: line.JobName,
    task: task === undefined ? undefined : Number(task),
    ...stateOf(line.State),
    cores: Number(line.NCPUS),
    restarts: 0,
    startedAt: timeOf(line.Start),
    endedAt: timeOf(line.End),
    node: firstNode(line.NodeList),
  };
}
