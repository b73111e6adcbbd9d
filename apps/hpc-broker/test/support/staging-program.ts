import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { S3Client } from '@aws-sdk/client-s3';
import { createAwsClient } from '@groundwork/service';
import { createStaging } from '../../src/adapters/staging/create-staging.ts';
import { placed } from './local-engines.ts';
import type { StagingTask } from './staging-process.ts';

/** Stages in a process of its own, which a test may kill. */
const task = JSON.parse(process.env['TASK'] ?? '') as StagingTask;
if (task.diesBeforeRename === true) {
  // The one thing after the last request that a gate on the way to S3 cannot hold.
  fsPromises.rename = () => {
    process.kill(process.pid, 'SIGKILL');
    return new Promise<void>(() => undefined);
  };
  syncBuiltinESMExports();
}
const s3 = createAwsClient(S3Client, { endpoint: task.endpoint, region: 'us-east-1', maxAttempts: 1 });
const staging = createStaging(s3, { partBytes: task.partBytes });
const placement = placed(task.name, { shell: 'true', ...task.spec });
await staging[task.what](placement, task.directory, new AbortController().signal);
process.stdout.write('done\n');
s3.destroy();
