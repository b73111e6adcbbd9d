import { notImplemented } from '../http/aws-error.ts';
import type { Reply } from '../http/reply.ts';
import type { DataSync } from './datasync.ts';
import { DATASYNC_CONTENT_TYPE, invalidRequest } from './error.ts';
import { kindOf, tagsOf, type Task } from './items.ts';
import { isOver, statusAt } from './lifecycle.ts';
import { pageOf } from './pages.ts';
import { shapes, UNSUPPORTED, type Action, type Asked } from './shapes.ts';
import { showExecution, showTask, taskStatus } from './show.ts';

/** So much of DataSync as is needed to run tasks: no agents, and no files. */
export class DataSyncService {
  readonly #own: DataSync;

  constructor(own: DataSync) {
    this.#own = own;
  }

  call(action: string, json: string, region: string): Reply {
    if (!isAction(action)) throw notImplemented(`datasync:${action}`);
    const body: unknown = json === '' ? {} : JSON.parse(json);
    const unsupported = UNSUPPORTED.find((name) => Object.hasOwn(body as object, name));
    if (unsupported !== undefined) throw notImplemented(`datasync:${action} with ${unsupported}`);
    const result = (this[action] as (asked: unknown, region: string) => object)(read(action, body), region);
    return { status: 200, headers: { 'content-type': DATASYNC_CONTENT_TYPE }, body: JSON.stringify(result) };
  }

  CreateLocationS3(asked: Asked<'CreateLocationS3'>, region: string): object {
    return this.#location(`s3://${asked.S3BucketArn.split(':').at(-1)}`, asked, region);
  }

  CreateLocationNfs(asked: Asked<'CreateLocationNfs'>, region: string): object {
    return this.#location(`nfs://${asked.ServerHostname}`, asked, region);
  }

  CreateTask({ Tags, ...spec }: Asked<'CreateTask'>, region: string): object {
    const { items, settings } = this.#own;
    for (const arn of [spec.SourceLocationArn, spec.DestinationLocationArn])
      items.get('location', arn, region);
    const task: Task = {
      arn: items.newArn('task', region),
      tags: tagsOf(Tags),
      created: settings.now(),
      spec,
    };
    items.put('task', task);
    return { TaskArn: task.arn };
  }

  DescribeTask({ TaskArn }: Asked<'DescribeTask'>, region: string): object {
    const task = this.#own.items.get('task', TaskArn, region);
    return showTask(task, this.#own.executions(region, TaskArn), this.#own.settings.now());
  }

  DeleteTask({ TaskArn }: Asked<'DeleteTask'>, region: string): object {
    const { items, settings } = this.#own;
    items.get('task', TaskArn, region);
    const now = settings.now();
    if (this.#own.executions(region, TaskArn).some((one) => !isOver(one, now)))
      throw invalidRequest(`The task ${TaskArn} has an execution in progress.`);
    items.removeTask(TaskArn);
    return {};
  }

  ListTasks(asked: Asked<'ListTasks'>, region: string): object {
    const { page, next } = pageOf('tasks', this.#own.items.list('task', region), asked);
    const now = this.#own.settings.now();
    const Tasks = page.map(({ arn, spec }) => ({
      TaskArn: arn,
      Name: spec.Name,
      TaskMode: spec.TaskMode,
      Status: taskStatus(this.#own.executions(region, arn), now),
    }));
    return { Tasks, ...next };
  }

  StartTaskExecution(asked: Asked<'StartTaskExecution'>, region: string): object {
    const task = this.#own.items.get('task', asked.TaskArn, region);
    return { TaskExecutionArn: this.#own.start(task, asked, region).arn };
  }

  DescribeTaskExecution({ TaskExecutionArn }: Asked<'DescribeTaskExecution'>, region: string): object {
    const execution = this.#own.execution(TaskExecutionArn, region);
    const { TaskMode } = this.#own.items.get('task', execution.task, region).spec;
    return showExecution(execution, TaskMode, this.#own.settings.now());
  }

  CancelTaskExecution({ TaskExecutionArn }: Asked<'CancelTaskExecution'>, region: string): object {
    this.#own.cancel(TaskExecutionArn, region);
    return {};
  }

  ListTaskExecutions(asked: Asked<'ListTaskExecutions'>, region: string): object {
    const { TaskArn } = asked;
    if (TaskArn !== undefined) this.#own.items.get('task', TaskArn, region);
    const all = this.#own.visible(this.#own.executions(region, TaskArn));
    const { page, next } = pageOf(`executions of ${TaskArn}`, all, asked);
    const now = this.#own.settings.now();
    return {
      TaskExecutions: page.map((one) => ({ TaskExecutionArn: one.arn, Status: statusAt(one, now) })),
      ...next,
    };
  }

  ListTagsForResource(asked: Asked<'ListTagsForResource'>, region: string): object {
    const { ResourceArn } = asked;
    const { tags } = this.#own.items.get(kindOf(ResourceArn), ResourceArn, region);
    const all = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const { page, next } = pageOf(`tags of ${ResourceArn}`, all, asked);
    return { Tags: page, ...next };
  }

  TagResource({ ResourceArn, Tags }: Asked<'TagResource'>, region: string): object {
    return this.#retag(ResourceArn, region, (tags) => ({ ...tags, ...tagsOf(Tags) }));
  }

  UntagResource({ ResourceArn, Keys }: Asked<'UntagResource'>, region: string): object {
    return this.#retag(ResourceArn, region, (tags) =>
      Object.fromEntries(Object.entries(tags).filter(([key]) => !Keys.includes(key))),
    );
  }

  #location(
    host: string,
    asked: { Subdirectory?: string | undefined; Tags?: Asked<'TagResource'>['Tags'] | undefined },
    region: string,
  ): object {
    const { items } = this.#own;
    const arn = items.newArn('location', region);
    const path = asked.Subdirectory?.replace(/^\/+|\/+$/g, '') ?? '';
    items.put('location', { arn, tags: tagsOf(asked.Tags), uri: `${host}/${path === '' ? '' : `${path}/`}` });
    return { LocationArn: arn };
  }

  #retag(
    arn: string,
    region: string,
    change: (tags: Record<string, string>) => Record<string, string>,
  ): object {
    const kind = kindOf(arn);
    const item = this.#own.items.get(kind, arn, region);
    this.#own.items.put(kind, { ...item, tags: change(item.tags) });
    return {};
  }
}

const isAction = (action: string): action is Action => Object.hasOwn(shapes, action);

function read<A extends Action>(action: A, body: unknown): Asked<A> {
  const result = shapes[action].safeParse(body);
  if (result.success) return result.data as Asked<A>;
  const issue = result.error.issues[0];
  throw invalidRequest(`${issue?.path.join('.')}: ${issue?.message}`);
}
