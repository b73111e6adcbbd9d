import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../../src/index.ts';
import { startReferee, whyMissing, type RefereeName } from '../../src/testing/index.ts';

export type TargetName = 'sandbox' | RefereeName;

export interface Target {
  endpoint: string;
  stop(): Promise<void>;
}

/** Why a target cannot be started here; undefined when it can. */
export function missing(name: TargetName): string | undefined {
  return name === 'sandbox' ? undefined : whyMissing(name, process.env['TEST_PYTHON']);
}

export async function startTarget(name: TargetName): Promise<Target> {
  if (name !== 'sandbox') return startReferee(name, process.env['TEST_PYTHON']);
  const stateDir = await mkdtemp(join(tmpdir(), 'sandbox-contract-'));
  const sandbox = await startSandbox({
    port: 0,
    host: '127.0.0.1',
    stateDir,
    throttleWaf: false,
    throttleBatch: false,
  });
  return {
    endpoint: sandbox.endpoint,
    async stop() {
      await sandbox.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
