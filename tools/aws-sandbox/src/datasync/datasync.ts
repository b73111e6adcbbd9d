import type { Faults } from '../faults/rules.ts';
import type { Database } from '../state.ts';
import { invalidRequest } from './error.ts';
import { DataSyncItems, tagsOf, type Execution, type Task } from './items.ts';
import { isOver, launch } from './lifecycle.ts';
import { DataSyncOutcomes } from './outcomes.ts';
import { DataSyncSettings } from './settings.ts';
import type { Asked } from './shapes.ts';
import { DEFAULT_OPTIONS } from './show.ts';

/** Tasks and their executions. What an execution has come to follows from the time: nothing is copied. */
export class DataSync {
  readonly settings: DataSyncSettings;
  readonly items: DataSyncItems;
  readonly outcomes = new DataSyncOutcomes();
  readonly #faults: Faults;

  constructor(db: Database, faults: Faults) {
    this.settings = new DataSyncSettings(db);
    this.items = new DataSyncItems(db);
    this.#faults = faults;
  }

  /** Of a task, or of all, in the order in which they were started; what is due has been launched. */
  executions(region: string, task?: string): Execution[] {
    const all = this.items.list('execution', region);
    const byTask = Map.groupBy(all, (one) => one.task);
    const now = this.settings.now();
    for (const own of byTask.values()) {
      for (const one of launch(own, now, this.settings.times)) this.items.put('execution', one);
    }
    return task === undefined ? all : (byTask.get(task) ?? []);
  }

  execution(arn: string, region: string): Execution {
    const { task } = this.items.get('execution', arn, region);
    return this.executions(region, task).find((one) => one.arn === arn)!;
  }

  /** One of a task runs at a time; further ones are queued, or refused where the task is not to queue them. */
  start(task: Task, asked: Asked<'StartTaskExecution'>, region: string): Execution {
    const now = this.settings.now();
    const options = { ...DEFAULT_OPTIONS, ...task.spec.Options, ...asked.OverrideOptions };
    const open = this.executions(region, task.arn).filter((one) => !isOver(one, now));
    if (open.length > 0 && options.TaskQueueing === 'DISABLED')
      throw invalidRequest(`The task ${task.arn} has an execution in progress, and queueing is disabled.`);
    const execution: Execution = {
      arn: this.items.newArn('execution', region, task.arn),
      task: task.arn,
      tags: tagsOf(asked.Tags),
      options,
      started: now,
      times: this.settings.times,
      outcome: this.outcomes.take({ arn: task.arn, name: task.spec.Name }),
    };
    this.items.put('execution', execution);
    return execution;
  }

  /** Also one that is queued. */
  cancel(arn: string, region: string): void {
    const execution = this.execution(arn, region);
    const now = this.settings.now();
    if (isOver(execution, now)) throw invalidRequest(`The execution ${arn} has ended already.`);
    if (execution.cancelled !== undefined) return;
    execution.cancelled = now;
    execution.times = { ...execution.times, cancelMs: this.settings.times.cancelMs };
    this.items.put('execution', execution);
  }

  /** Which executions are listed already. */
  visible(executions: readonly Execution[]): Execution[] {
    const delays = this.#faults.strike({ operation: 'datasync:Visibility' });
    const latest = Math.max(0, ...delays.map((fault) => ('latencyMs' in fault ? fault.latencyMs : 0)));
    const now = this.settings.now();
    return executions.filter(({ started }) => latest === 0 || started <= now - latest);
  }
}
