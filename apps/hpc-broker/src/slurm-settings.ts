import { integerSetting, setting } from '@groundwork/service';
import { z } from 'zod';

/** Of the engine that runs jobs in a Slurm cluster; it is there when SLURM_DIR is set. */
export const slurmSettings = {
  SLURM_DIR: setting(z.string().regex(/^\/./, 'must be an absolute path').optional(), {
    description:
      'Folder that this machine and all nodes of the cluster see under the same path, for what runs; makes Slurm an engine',
    example: '/shared/groundwork',
  }),
  SLURM_NAME: setting(
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,30}$/)
      .default('slurm'),
    {
      description: 'What jobs and plans call this engine; another one for each cluster',
      example: 'slurm',
    },
  ),
  SLURM_URL: setting(z.url({ protocol: /^https?$/ }).optional(), {
    description: 'Address of slurmrestd; without it sbatch, squeue, sacct, scancel and sinfo are used',
    example: 'http://slurm.internal:6820',
  }),
  SLURM_USER: setting(z.string().min(1).optional(), {
    description: 'Whose jobs they are; default the user that the service runs as',
    example: 'groundwork',
  }),
  SLURM_TOKEN: setting(z.string().min(1).optional(), {
    description: 'JWT for slurmrestd (scontrol token)',
    secret: true,
    example: 'eyJhbGciOi…',
  }),
  SLURM_TOKEN_FILE: setting(z.string().min(1).optional(), {
    description:
      'File with the JWT, read for each request: whoever writes it may exchange it before it expires',
    example: '/run/secrets/slurm-jwt',
  }),
  SLURM_CONF: setting(z.string().min(1).optional(), {
    description: 'slurm.conf of the tools, where it is not in its usual place',
    example: '/etc/slurm/slurm.conf',
  }),
  SLURM_PARTITION: setting(z.string().min(1).optional(), {
    description: 'Partition; default that of the cluster',
    example: 'compute',
  }),
  SLURM_ACCOUNT: setting(z.string().min(1).optional(), {
    description: 'Account that jobs are charged to',
    example: 'research',
  }),
  SLURM_QOS: setting(z.string().min(1).optional(), {
    description: 'Quality of service',
    example: 'normal',
  }),
  SLURM_CORES: setting(integerSetting({ min: 1, max: 10_000_000 }).optional(), {
    description: 'Cores that may be asked of it at the same time; default all of the partition',
    example: '512',
  }),
  SLURM_POLL_SECONDS: setting(integerSetting({ min: 1, max: 60 }).default(2), {
    description: 'How often Slurm is asked what has become of jobs, in seconds',
    example: '2',
  }),
  SLURM_MPI: setting(z.enum(['mpirun', 'srun']).default('mpirun'), {
    description: 'What starts the ranks of a job over several nodes',
    example: 'srun',
  }),
  SLURM_NETWORK: setting(z.enum(['any', 'low-latency', 'efa']).default('any'), {
    description: 'Between its nodes: plans hold jobs to it that ask for more',
    example: 'efa',
  }),
  SLURM_USD_PER_CORE_HOUR: setting(z.coerce.number().min(0).default(0), {
    description: 'What an hour of one of its cores costs, in USD, for plans and caps',
    example: '0.04',
  }),
};

export type SlurmSettings = z.output<z.ZodObject<typeof slurmSettings>>;

/** What cannot be together. */
export function checkSlurmSettings(
  config: SlurmSettings,
  tell: (setting: keyof SlurmSettings, message: string) => void,
): void {
  if (config.SLURM_DIR === undefined) return;
  const { SLURM_URL: url, SLURM_TOKEN: token, SLURM_TOKEN_FILE: file } = config;
  if (url !== undefined && (token === undefined) === (file === undefined))
    tell('SLURM_TOKEN', 'SLURM_URL needs exactly one of SLURM_TOKEN and SLURM_TOKEN_FILE');
}
