import { databaseSettings } from '@groundwork/database';
import {
  authSettings,
  awsSettings,
  checkAuthSettings,
  httpSettings,
  integerSetting,
  processSettings,
  setting,
} from '@groundwork/service';
import { z } from 'zod';
import { parseProjects } from './domain/sharing/project-file.ts';
import { localSettings } from './local-settings.ts';
import { queueSettings } from './queue/settings.ts';
import { batchSettings } from './batch-settings.ts';
import { checkDataSyncSettings, dataSyncSettings } from './datasync-settings.ts';
import { checkSlurmSettings, slurmSettings } from './slurm-settings.ts';

export const Config = z
  .object({
    ...processSettings,
    ...httpSettings(3004),
    ...authSettings('jobs:write'),
    ...databaseSettings('hpc'),
    ...awsSettings,
    ...queueSettings,
    ...localSettings,
    ...slurmSettings,
    ...batchSettings,
    ...dataSyncSettings,
    PLAN_REGION: setting(z.string().default('us-east-1'), {
      description: 'AWS region whose catalogue of instances and prices plans are made with',
      example: 'us-east-1',
    }),
    PROJECTS: setting(z.string().optional(), {
      description: 'YAML file with the shares and limits of projects, or an s3:// address of one',
      example: 's3://my-config/projects.yaml',
    }),
    PROJECTS_YAML: setting(z.string().optional(), {
      description: 'The same, inline',
      example: 'projects: [{ name: genomics, share: 2, maxCores: 64, maxQueued: 50000 }]',
    }),
    MAX_QUEUED: setting(integerSetting({ min: 1, max: 100_000_000 }).default(1_000_000), {
      description: 'Elements that may wait; more are answered with 429',
      example: '1000000',
    }),
    LEASE_SECONDS: setting(integerSetting({ min: 2, max: 300 }).default(15), {
      description: 'How soon another instance takes over from a leader that has died, in seconds',
      example: '15',
    }),
    FAILOVER_SECONDS: setting(integerSetting({ min: 5, max: 86_400 }).default(300), {
      description:
        'How long an engine may be closed, silent or without machines before what waits there is planned elsewhere, in seconds',
      example: '300',
    }),
    COOL_OFF_SECONDS: setting(integerSetting({ min: 5, max: 86_400 }).default(900), {
      description: 'How long machines of a kind that could not be had are not planned with, in seconds',
      example: '900',
    }),
    STAGING_SECONDS: setting(integerSetting({ min: 1, max: 604_800 }).default(3_600), {
      description: 'How long bringing the inputs of an attempt may take, and storing its outputs, in seconds',
      example: '3600',
    }),
    STAGED_AT_ONCE: setting(integerSetting({ min: 1, max: 64 }).default(4), {
      description: 'Attempts whose inputs are brought, or outputs stored, at the same time',
      example: '4',
    }),
    STAGING_PART_MIB: setting(integerSetting({ min: 5, max: 5_120 }).default(64), {
      description:
        'Files that are larger go to S3 and come from it in parts of this size, several at once, and go on where they were interrupted, in MiB',
      example: '64',
    }),
    OUTPUT_KEEP_BYTES: setting(integerSetting({ min: 0, max: 1_073_741_824 }).default(1_048_576), {
      description:
        'Bytes that are kept of the end of what an attempt writes, per stream, beside its first 64 KiB',
      example: '1048576',
    }),
    HISTORY_DAYS: setting(integerSetting({ min: 1, max: 36_500 }).default(90), {
      description: 'After so many days jobs that have ended are forgotten, with all that they wrote',
      example: '90',
    }),
  })
  .superRefine((config, ctx) => {
    checkAuthSettings(config, ctx);
    checkSlurmSettings(config, (name, message) => ctx.addIssue({ code: 'custom', path: [name], message }));
    checkDataSyncSettings(config, (name, message) => ctx.addIssue({ code: 'custom', path: [name], message }));
    if (config.PROJECTS !== undefined && config.PROJECTS_YAML !== undefined)
      ctx.addIssue({
        code: 'custom',
        path: ['PROJECTS_YAML'],
        message: 'must not be set together with PROJECTS',
      });
    try {
      if (config.PROJECTS_YAML !== undefined) parseProjects(config.PROJECTS_YAML);
    } catch (error) {
      ctx.addIssue({ code: 'custom', path: ['PROJECTS_YAML'], message: (error as Error).message });
    }
    if (config.LOCAL_ORPHAN_SECONDS < 2 * config.LEASE_SECONDS)
      ctx.addIssue({
        code: 'custom',
        path: ['LOCAL_ORPHAN_SECONDS'],
        message: 'must be at least twice LEASE_SECONDS: else a broker that comes back finds nothing alive',
      });
  });
export type Config = z.output<typeof Config>;
