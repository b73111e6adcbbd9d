import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { onTestFinished } from 'vitest';
import type { Ec2Times } from '../src/ec2/time/settings.ts';
import type { SandboxOptions } from '../src/sandbox.ts';
import { startEc2Sandbox } from '../src/testing/index.ts';
import { connectEc2 } from './ec2.ts';

/** Nothing happens unless the clock is put forward; in ms. */
export const SLOW = {
  pendingMs: 30_000,
  stoppingMs: 30_000,
  shuttingDownMs: 30_000,
  initializingMs: 120_000,
  volumeMs: 10_000,
  attachMs: 10_000,
  detachMs: 10_000,
  snapshotMs: 100_000,
  scalingMs: 5_000,
  relaunchMs: 30_000,
  proceedMs: 5_000,
  healthCheckMs: 60_000,
  zoneLossMs: 300_000,
} satisfies Ec2Times;

/** A sandbox whose clock stands still (but for the time that the test takes), and what helpers of the contract want. */
export async function startCloud(options: Partial<SandboxOptions> = {}) {
  const sandbox = await startEc2Sandbox(options);
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= sandbox.close());
  onTestFinished(close);
  await sandbox.control.set(SLOW);
  const autoScaling = new AutoScalingClient({
    endpoint: sandbox.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  onTestFinished(() => autoScaling.destroy());
  const aws = { ec2: connectEc2(sandbox.endpoint), autoScaling, patience: 2_000 };
  return { ...sandbox, close, aws };
}
export type RunningCloud = Awaited<ReturnType<typeof startCloud>>;
