import { integerSetting, setting } from '@groundwork/service';
import { z } from 'zod';
import type { DatasetTasks } from './domain/jobs/dataset-task.ts';

/** As in the API's model; the region is the fourth part. */
const TASK_ARN =
  /^arn:(?:aws|aws-cn|aws-us-gov|aws-eusc|aws-iso|aws-iso-b):datasync:[a-z\d-]+:\d{12}:task\/task-[0-9a-f]{17}$/;
/** As `dataset.task` of a job may be. */
const NAME = /^[A-Za-z0-9][\w./-]{0,62}$/;

/** `a=arn:…,b=arn:…` */
const tasksSetting = (): z.ZodType<DatasetTasks, string> =>
  z.string().transform((text, ctx) => {
    const tasks = new Map<string, string>();
    const wrong = (message: string): void => ctx.addIssue({ code: 'custom', message });
    for (const pair of text.split(',').map((one) => one.trim())) {
      if (pair === '') continue;
      const at = pair.indexOf('=');
      const [name, arn] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
      if (at === -1) wrong(`must be pairs of name=ARN, and ${pair} is none`);
      else if (!NAME.test(name)) wrong(`${name} is no name: up to 63 letters, digits and ._-/`);
      else if (!TASK_ARN.test(arn)) wrong(`${arn} is not the ARN of a DataSync task`);
      else if (tasks.has(name)) wrong(`${name} is there twice`);
      tasks.set(name, arn);
    }
    return tasks;
  });

/** Of the DataSync tasks that bring data before jobs begin. */
export const dataSyncSettings = {
  DATASYNC_TASKS: setting(tasksSetting().optional(), {
    description:
      'DataSync tasks that jobs may name as dataset.task, comma-separated pairs of name=ARN; in AWS_REGION',
    example: 'lab-to-s3=arn:aws:datasync:us-east-1:123456789012:task/task-0123456789abcdef0',
  }),
  DATASYNC_POLL_SECONDS: setting(integerSetting({ min: 1, max: 3_600 }).default(10), {
    description: 'How often DataSync is asked how far executions are, in seconds',
    example: '10',
  }),
  DATASYNC_QUIET_SECONDS: setting(integerSetting({ min: 1, max: 3_600 }).default(60), {
    description:
      'How long after a start whose answer got lost its execution is looked for before it is started again, in seconds',
    example: '60',
  }),
  DATASYNC_RETRY_SECONDS: setting(integerSetting({ min: 1, max: 86_400 }).default(60), {
    description:
      'How long after an execution that failed another one is started at the soonest, in seconds; doubled each time',
    example: '60',
  }),
};

export type DataSyncSettings = z.output<z.ZodObject<typeof dataSyncSettings>>;

/** A client is of one region. */
export function checkDataSyncSettings(
  { DATASYNC_TASKS: tasks, AWS_REGION: region }: DataSyncSettings & { AWS_REGION: string },
  tell: (setting: keyof DataSyncSettings, message: string) => void,
): void {
  for (const [name, arn] of tasks ?? []) {
    if (arn.split(':')[3] !== region) tell('DATASYNC_TASKS', `${name} is not in AWS_REGION, ${region}`);
  }
}
