import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ec2Times } from '../ec2/time/settings.ts';
import type { Fault, FaultInput } from '../faults/rules.ts';
import { startSandbox, type SandboxOptions } from '../sandbox.ts';

/** What is known of a volume besides its API. */
export interface VolumeContents {
  /** On this machine: what a file system on the volume has. */
  directory: string;
  state: string;
  mounted: boolean;
  attachment?: { instanceId: string; device: string; state: string };
}

/** The sandbox's instances, volumes and groups, as tests set them up and put things right or wrong. */
export class Ec2Control {
  readonly #endpoint: string;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** How long things take; of EC2 for what begins from now on. */
  async set(times: Ec2Times): Promise<void> {
    await this.#ask('PUT', 'ec2', times);
  }

  /** Puts the clock forward: all that is due until then has happened. */
  async advance(ms: number): Promise<void> {
    await this.#ask('POST', 'ec2/clock', { advanceMs: ms });
  }

  /** ms since the epoch. */
  async now(): Promise<number> {
    return (await this.#ask<{ now: number }>('GET', 'ec2/clock')).now;
  }

  /** ms until something happens by itself; undefined when nothing will. */
  async nextDue(): Promise<number | undefined> {
    return (await this.#ask<{ nextDueMs?: number }>('GET', 'ec2/clock')).nextDueMs;
  }

  /** An Availability Zone and all that is in it, such as `us-east-1a`. */
  async loseZone(zone: string): Promise<void> {
    await this.#ask('POST', 'ec2/zones', { zone, lost: true });
  }

  async restoreZone(zone: string): Promise<void> {
    await this.#ask('POST', 'ec2/zones', { zone, lost: false });
  }

  /** The status checks of an instance fail; EC2 still says that it runs. */
  async failInstance(id: string): Promise<void> {
    await this.#ask('POST', `ec2/instances/${id}/fail`, { status: 'impaired' });
  }

  async mendInstance(id: string): Promise<void> {
    await this.#ask('POST', `ec2/instances/${id}/fail`, { status: 'ok' });
  }

  volume(id: string): Promise<VolumeContents> {
    return this.#ask('GET', `ec2/volumes/${id}`);
  }

  /** What the instance's `mount` has done: the volume has to be attached. */
  mount(volumeId: string): Promise<VolumeContents> {
    return this.#ask('PUT', `ec2/volumes/${volumeId}`, { mounted: true });
  }

  unmount(volumeId: string): Promise<VolumeContents> {
    return this.#ask('PUT', `ec2/volumes/${volumeId}`, { mounted: false });
  }

  /** The endpoint of an instance's metadata: what AWS_EC2_METADATA_SERVICE_ENDPOINT is set to. */
  imdsOf(instanceId: string): string {
    return `${this.#endpoint}/_sandbox/imds/${instanceId}`;
  }

  /** InsufficientInstanceCapacity for launches of that zone and type, so many times or until faults are cleared. */
  refuseCapacity(where: { zone?: string; instanceType?: string; times?: number } = {}): Promise<Fault> {
    return this.fault({ kind: 'insufficient-capacity', operation: 'ec2:Capacity', ...where });
  }

  /** Of `ec2:RunInstances`, `autoscaling:CompleteLifecycleAction` …: the next calls are done, but not answered. */
  loseAnswers(operation: string, times = 1): Promise<Fault> {
    return this.fault({ kind: 'lost-response', operation, times });
  }

  fault(fault: FaultInput): Promise<Fault> {
    return this.#ask('POST', 'faults', fault);
  }

  async clearFaults(): Promise<void> {
    await this.#ask('DELETE', 'faults');
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

/** A sandbox for tests of instances and groups, in a folder of its own. */
export async function startEc2Sandbox(
  options: Partial<SandboxOptions> = {},
): Promise<{ endpoint: string; control: Ec2Control; close: () => Promise<void> }> {
  const own = options.stateDir === undefined ? await mkdtemp(join(tmpdir(), 'ec2-sandbox-')) : undefined;
  const sandbox = await startSandbox({ host: '127.0.0.1', port: 0, stateDir: own ?? '', ...options });
  return {
    endpoint: sandbox.endpoint,
    control: new Ec2Control(sandbox.endpoint),
    async close() {
      await sandbox.close();
      if (own !== undefined) await rm(own, { recursive: true, force: true });
    },
  };
}
