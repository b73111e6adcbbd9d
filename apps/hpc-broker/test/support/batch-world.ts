import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBatchSandbox, type BatchSandbox } from '@groundwork/aws-sandbox/testing';
import { makeQueues, type QueueTypes } from './batch-subject.ts';

/** AWS Batch, as the sandbox has it, whose containers are processes of this machine. */
export class BatchWorld {
  readonly dir: string;
  readonly sandbox: BatchSandbox;

  private constructor(dir: string, sandbox: BatchSandbox) {
    this.dir = dir;
    this.sandbox = sandbox;
  }

  static async make(types?: QueueTypes): Promise<BatchWorld> {
    const dir = await mkdtemp(join(tmpdir(), 'gw-batch-'));
    await mkdir(join(dir, 'shared'));
    const sandbox = await startBatchSandbox();
    await makeQueues(sandbox, types);
    return new BatchWorld(dir, sandbox);
  }

  /** Of a broker whose only engine is this. */
  get settings(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.sandbox.endpoint,
      AWS_REGION: 'us-east-1',
      BATCH_QUEUE_ON_DEMAND: 'on-demand',
      BATCH_QUEUE_SPOT: 'spot',
      BATCH_QUEUE_MULTI_NODE: 'multi-node',
      BATCH_IMAGE: 'example/image',
      BATCH_VCPUS_PER_CORE: '1',
      BATCH_POLL_SECONDS: '1',
      BATCH_QUIET_SECONDS: '2',
    };
  }

  file(name: string): string {
    return join(this.dir, 'shared', name);
  }

  /** A line for each time that something has happened. */
  lines(name: string): string[] {
    const file = this.file(name);
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
