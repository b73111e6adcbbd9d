import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutcomeInput } from '../datasync/outcomes.ts';
import type { DataSyncTimes } from '../datasync/settings.ts';
import type { Fault, FaultInput } from '../faults/rules.ts';
import { startSandbox, type SandboxOptions } from '../sandbox.ts';

const ROLE = 'arn:aws:iam::000000000000:role/datasync';

/** The sandbox's DataSync, as tests set it up and put things right or wrong. */
export class DataSyncControl {
  readonly #endpoint: string;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** How long what is launched from now on is in each status. */
  async set(times: DataSyncTimes): Promise<void> {
    await this.#ask('PUT', 'datasync', times);
  }

  /** Puts the clock forward. */
  async advance(ms: number): Promise<void> {
    await this.#ask('POST', 'datasync/clock', { advanceMs: ms });
  }

  /** What comes of executions that start from now on; of two that match, the later one counts. */
  async outcome(outcome: OutcomeInput): Promise<void> {
    await this.#ask('POST', 'datasync/outcomes', outcome);
  }

  /** The next calls of an operation are done, but their answers are lost. */
  loseAnswers(operation: string, times = 1): Promise<Fault> {
    return this.fault({ kind: 'lost-response', operation: `datasync:${operation}`, times });
  }

  /** The connection breaks before the next calls of an operation are done. */
  loseRequests(operation: string, times = 1): Promise<Fault> {
    return this.fault({ kind: 'lost-request', operation: `datasync:${operation}`, times });
  }

  /** 400 ThrottlingException. */
  throttle(operation: string, times?: number): Promise<Fault> {
    return this.fault({ kind: 'throttle', operation: `datasync:${operation}`, ...(times && { times }) });
  }

  /** ListTaskExecutions does not show what was started within the last `latencyMs`. */
  listLate(latencyMs: number): Promise<Fault> {
    return this.fault({ kind: 'late-listing', operation: 'datasync:Visibility', latencyMs });
  }

  fault(fault: FaultInput): Promise<Fault> {
    return this.#ask('POST', 'faults', fault);
  }

  async clearFaults(): Promise<void> {
    await this.#ask('DELETE', 'faults');
  }

  /** From an NFS server to a bucket; the ARN of the task. */
  async makeTask(name: string): Promise<string> {
    const source = await this.call('CreateLocationNfs', {
      Subdirectory: '/export',
      ServerHostname: 'nas.example',
      OnPremConfig: { AgentArns: ['arn:aws:datasync:us-east-1:000000000000:agent/agent-0123456789abcdef0'] },
    });
    const destination = await this.call('CreateLocationS3', {
      S3BucketArn: 'arn:aws:s3:::data',
      S3Config: { BucketAccessRoleArn: ROLE },
    });
    const task = await this.call('CreateTask', {
      Name: name,
      SourceLocationArn: source['LocationArn'],
      DestinationLocationArn: destination['LocationArn'],
    });
    return String(task['TaskArn']);
  }

  /** Executions of a task, with their tags, in the order in which they were started. Only while nothing is lost. */
  async executions(task: string): Promise<{ arn: string; status: string; tags: Record<string, string> }[]> {
    const found: { TaskExecutionArn: string; Status: string }[] = [];
    let page: Record<string, unknown> = {};
    do {
      const NextToken = page['NextToken'];
      page = await this.call('ListTaskExecutions', {
        TaskArn: task,
        ...(NextToken !== undefined && { NextToken }),
      });
      found.push(...(page['TaskExecutions'] as typeof found));
    } while (page['NextToken'] !== undefined);
    return Promise.all(
      found.map(async ({ TaskExecutionArn: arn, Status: status }) => {
        const { Tags } = await this.call('ListTagsForResource', { ResourceArn: arn });
        const tags = Tags as { Key: string; Value: string }[];
        return { arn, status, tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) };
      }),
    );
  }

  async call(operation: string, body: object): Promise<Record<string, unknown>> {
    const answer = await fetch(this.#endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': `FmrsService.${operation}`, 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify(body),
    });
    const said = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${String(said['message'])}`);
    return said;
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.#endpoint}/_sandbox/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

/** A sandbox for tests of DataSync, in a folder of its own. */
export async function startDataSyncSandbox(
  options: Partial<SandboxOptions> = {},
): Promise<{ endpoint: string; control: DataSyncControl; close: () => Promise<void> }> {
  const own = options.stateDir === undefined ? await mkdtemp(join(tmpdir(), 'datasync-sandbox-')) : undefined;
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir: own ?? '', ...options });
  return {
    endpoint: sandbox.endpoint,
    control: new DataSyncControl(sandbox.endpoint),
    async close() {
      await sandbox.close();
      if (own !== undefined) await rm(own, { recursive: true, force: true });
    },
  };
}
