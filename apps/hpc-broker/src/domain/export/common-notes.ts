import type { JobSpec } from '@groundwork/contracts';
import { duration, num, usd } from '../planner/span.ts';
import { expressed, when, type Told } from './told.ts';

const PRIORITY = 500;

/** What no target has a word for, and what is told of it wherever the job goes. */
export const COMMON = {
  name: expressed,
  command: expressed,
  shell: expressed,
  environment: expressed,
  workSeconds: ({ workSeconds }) =>
    when(
      workSeconds,
      (seconds) =>
        `workSeconds ${num(seconds)}: only planned with; it is expected to take ${duration(seconds)}.`,
    ),
  deadline: ({ deadline }) =>
    when(
      deadline,
      (at) =>
        `deadline ${at}: only planned with; nothing here makes it sooner. Look at ${at} whether it is done.`,
    ),
  priority: ({ priority }) =>
    when(
      priority === PRIORITY ? undefined : priority,
      (value) =>
        `priority ${value} of 1,000 (500 is usual), within its project: who may decides on it at the target.`,
    ),
  project: ({ project }) =>
    when(
      project === 'default' ? undefined : project,
      (name) =>
        `project ${name}: its fair share is kept by Groundwork only; charge it to an account of that name.`,
    ),
  user: ({ user }) => when(user, (name) => `user ${name}: whoever submits it there is its user.`),
  maxCostUsd: ({ maxCostUsd }) =>
    when(
      maxCostUsd,
      (most) => `maxCostUsd ${usd(most)}: nothing there holds it to that. Watch what it costs, and end it.`,
    ),
  objective: ({ objective }) =>
    objective === 'cheapest' ? [] : [`objective ${objective}: only planned with.`],
  engine: ({ engine }) =>
    when(engine, (name) => `engine ${name}: it was to run on that one of Groundwork only.`),
  dataset: ({ dataset }) =>
    when(
      dataset,
      ({ bytes, files, at, task }) =>
        `dataset of ${num(bytes)} bytes in ${num(files)} files, ${at}: ${task === undefined ? 'it is brought by nobody; bring it before.' : `here the DataSync task ${task} brings it; there nobody has that done: run it before.`}`,
    ),
} as const satisfies Partial<Told>;

export const backoffNote = ({ retries }: JobSpec): string[] =>
  retries.backoffSeconds === 1
    ? []
    : [`retries.backoffSeconds ${retries.backoffSeconds}: how soon it is repeated is decided there.`];

export const everyNote = ({ checkpoint }: JobSpec): readonly string[] =>
  when(
    checkpoint?.everySeconds,
    (seconds) =>
      `checkpoint.everySeconds ${seconds}, costSeconds ${checkpoint?.costSeconds}: it does so by itself; only planned with.`,
  );
