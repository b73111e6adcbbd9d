import type { Step } from '../../architectures/one-instance-with-volume/step.ts';
import type { Snapshot, Volume, World } from '../../architectures/one-instance-with-volume/world.ts';

export const ZONES = ['a', 'b'] as const;
export type Zone = (typeof ZONES)[number];

interface Instance {
  id: string;
  zone: Zone;
  /** Of EC2: running, shutting-down, terminated. */
  state: string;
  /** Of its group; undefined: it is no member any more. */
  lifecycle?: string | undefined;
  hasLetGo?: boolean;
  /** It was to end while its zone was lost, and goes on for a moment when that is back: on a volume that is kept. */
  isBack?: boolean;
  /** It has the volume, and writes to it. */
  mounted?: string | undefined;
}

interface Disk extends Volume {
  /** What has been written, by anybody. */
  contents: Set<number>;
}

interface Copy extends Snapshot {
  contents: Set<number>;
}

const MINUTE_MS = 60_000;

/** EC2 and a group of one, as far as the volume is concerned: what it refuses, and what it does by itself. */
export class VolumeModel {
  now = 0;
  readonly instances: Instance[] = [];
  readonly disks: Disk[] = [];
  readonly copies: Copy[] = [];
  readonly lost = new Set<Zone>();
  readonly acknowledged = new Set<number>();
  /** Acknowledged, and then out of reach with its zone, so that nothing could be done about it. */
  readonly excused = new Set<number>();
  readonly #tokens = new Set<number>();
  #ids = 0;

  #id(kind: string): string {
    this.#ids += 1;
    return `${kind}-${this.#ids}`;
  }

  world(): World {
    const members = this.instances.filter(({ lifecycle }) => lifecycle !== undefined);
    return {
      now: new Date(this.now),
      members: members.map(({ id, zone, lifecycle = '', hasLetGo = false }) => ({
        id,
        zone,
        lifecycle,
        hasLetGo,
      })),
      strangers: new Map(
        this.instances
          .filter(({ lifecycle }) => lifecycle === undefined)
          .map(({ id, state, zone }) => [id, { state, isWell: !this.#isLost(zone) }]),
      ),
      volumes: structuredClone(this.disks),
      snapshots: structuredClone(this.copies),
    };
  }

  /** As EC2 does it, or refuses to: the step may have been decided long ago. */
  apply(step: Step): void {
    switch (step.do) {
      case 'complete': {
        const leaving = this.instances.find(({ id }) => id === step.instanceId);
        if (leaving?.lifecycle === 'Terminating:Wait') this.#end(leaving);
        return;
      }
      case 'replace': {
        const sick = this.instances.find(({ id }) => id === step.instanceId);
        if (sick?.lifecycle === 'InService') sick.lifecycle = 'Terminating:Wait';
        return;
      }
      case 'detach':
        return this.#release(this.disks.find(({ id }) => id === step.volumeId));
      case 'mark-waiting': {
        const disk = this.disks.find(({ id }) => id === step.volumeId);
        if (disk !== undefined) disk.waitedSince = new Date(this.now);
        return;
      }
      case 'take': {
        const disk = this.disks.find(({ id }) => id === step.volumeId);
        if (disk === undefined) return;
        if (step.isFirst) disk.takenSince = new Date(this.now);
        return this.#release(disk);
      }
      case 'attach': {
        const disk = this.disks.find(({ id }) => id === step.volumeId);
        const to = this.instances.find(({ id }) => id === step.instanceId);
        if (disk === undefined || to === undefined) return;
        // Said before it is tried (act.ts).
        disk.holders = [...new Set([...disk.holders, to.id])];
        delete disk.waitedSince;
        delete disk.takenSince;
        const isRefused =
          disk.state !== 'available' ||
          disk.zone !== to.zone ||
          to.state !== 'running' ||
          this.#isLost(disk.zone);
        if (isRefused) return;
        disk.attachment = { instanceId: to.id, state: 'attached' };
        disk.state = 'in-use';
        return;
      }
      case 'snapshot': {
        const disk = this.disks.find(({ id }) => id === step.volumeId);
        if (disk === undefined) return;
        this.copies.push({
          id: this.#id('snap'),
          volumeId: disk.id,
          generation: step.generation,
          state: this.#isLost(disk.zone) ? 'error' : 'pending',
          startedAt: new Date(this.now),
          ...(step.after !== undefined && { after: step.after }),
          contents: new Set(disk.contents),
        });
        return;
      }
      case 'create': {
        const source = this.copies.find(({ id }) => id === step.snapshotId);
        // The token is of the generation: a second one of it is refused.
        if (this.#tokens.has(step.generation)) return;
        if (step.snapshotId !== undefined && source?.state !== 'completed') return;
        this.#tokens.add(step.generation);
        this.disks.push({
          id: this.#id('vol'),
          zone: step.zone,
          state: this.#isLost(step.zone) ? 'error' : 'available',
          generation: step.generation,
          createdAt: new Date(this.now),
          holders: [],
          ...(step.follows !== undefined && { follows: step.follows }),
          contents: new Set(source?.contents),
        });
        return;
      }
      case 'delete-snapshot': {
        const at = this.copies.findIndex(({ id }) => id === step.snapshotId);
        if (at >= 0) this.copies.splice(at, 1);
        return;
      }
      case 'delete-volume': {
        const at = this.disks.findIndex(({ id, state }) => id === step.volumeId && state !== 'in-use');
        if (at >= 0) this.disks.splice(at, 1);
        return;
      }
      case 'wait':
      case 'call-for-help':
      case 'nothing':
    }
  }

  /** EC2 takes it from whoever has it, mounted or not, but in a zone that does not answer. */
  #release(disk: Disk | undefined): void {
    if (disk?.attachment === undefined || this.#isLost(disk.zone)) return;
    const holder = this.instances.find(({ id }) => id === disk.attachment?.instanceId);
    if (holder?.mounted === disk.id) holder.mounted = undefined;
    delete disk.attachment;
    if (disk.state === 'in-use') disk.state = 'available';
  }

  #isLost = (zone: string): boolean => this.lost.has(zone as Zone);

  /** It ends, in a zone that answers; its group may list it for a while. */
  #end(instance: Instance): void {
    instance.lifecycle = 'Terminating:Proceed';
    instance.state = 'shutting-down';
  }

  // What happens by itself, or to it.

  /** The group starts one, if it has none but some that leave. */
  launch(zone: Zone): void {
    const isThere = this.instances.some(
      ({ lifecycle }) => lifecycle !== undefined && !lifecycle.startsWith('Terminating'),
    );
    if (isThere || this.lost.has(zone)) return;
    this.instances.push({ id: this.#id('i'), zone, state: 'running', lifecycle: 'Pending:Wait' });
  }

  /** Scripts on instances: who has the volume mounts it, who leaves lets go, and who ends has ended. */
  scripts(): void {
    for (const instance of this.instances) {
      if (this.#isLost(instance.zone)) continue;
      const disk = this.disks.find(({ attachment }) => attachment?.instanceId === instance.id);
      if (instance.lifecycle === 'Pending:Wait' && disk?.attachment?.state === 'attached') {
        instance.mounted = disk.id;
        instance.lifecycle = 'InService';
      }
      if (instance.lifecycle === 'Terminating:Wait' && instance.state === 'running') {
        instance.mounted = undefined;
        instance.hasLetGo = true;
      }
      if (instance.state === 'shutting-down') {
        instance.state = 'terminated';
        instance.lifecycle = undefined;
        instance.mounted = undefined;
        this.#release(disk);
      }
    }
    for (const copy of this.copies) if (copy.state === 'pending') copy.state = 'completed';
  }

  /** Whoever serves is told to write something, and says that it has. */
  write(n: number): void {
    for (const instance of this.instances) {
      if (instance.mounted === undefined || this.#isLost(instance.zone)) continue;
      this.disks.find(({ id }) => id === instance.mounted)?.contents.add(n);
      this.acknowledged.add(n);
      if (instance.isBack === true) this.excused.add(n);
    }
  }

  replaceInOrder(): void {
    for (const instance of this.instances)
      if (instance.lifecycle === 'InService') instance.lifecycle = 'Terminating:Wait';
  }

  kill(): void {
    for (const instance of this.instances)
      if (instance.lifecycle !== undefined && instance.state === 'running') this.#end(instance);
  }

  /** Nobody has answered a hook: who leaves goes, who comes is given up. */
  hooksTimeOut(): void {
    for (const instance of this.instances)
      if (instance.lifecycle === 'Terminating:Wait' || instance.lifecycle === 'Pending:Wait')
        this.#end(instance);
  }

  /** No hook is called; EC2 is asked to end what is there, which it cannot. */
  loseZone(zone: Zone): void {
    if (this.lost.size > 0) return;
    this.lost.add(zone);
    for (const disk of this.disks) if (disk.zone === zone) for (const n of disk.contents) this.#excuse(n);
    for (const instance of this.instances)
      if (instance.zone === zone && instance.state === 'running') this.#end(instance);
  }

  /**
   * The volume that serves breaks, or somebody deletes it, after its first snapshot. Before that nothing is made up; and
   * EC2 would answer with the dead one for as long as it remembers the token of its generation.
   */
  loseVolume(how: 'breaks' | 'deleted'): void {
    for (const disk of this.disks) {
      if (this.serving[0]?.mounted !== disk.id) continue;
      if (!this.copies.some(({ volumeId, state }) => volumeId === disk.id && state === 'completed')) return;
      for (const n of disk.contents) this.#excuse(n);
      this.#release(disk);
      if (how === 'breaks') disk.state = 'error';
      else this.disks.splice(this.disks.indexOf(disk), 1);
      return;
    }
  }

  /** Its group has given it up, and does not list it any more. */
  forgetEnding(): void {
    for (const instance of this.instances)
      if (instance.lifecycle === 'Terminating:Proceed') instance.lifecycle = undefined;
  }

  /** Unless a snapshot of it is there already. */
  #excuse(n: number): void {
    const isElsewhere = this.copies.some(({ state, contents }) => state === 'completed' && contents.has(n));
    if (!isElsewhere) this.excused.add(n);
  }

  restoreZones(): void {
    for (const instance of this.instances)
      if (this.#isLost(instance.zone) && instance.state === 'shutting-down') instance.isBack = true;
    this.lost.clear();
  }

  pass(minutes: number): void {
    this.now += minutes * MINUTE_MS;
  }

  get serving(): Instance[] {
    return this.instances.filter(
      ({ mounted, zone, state }) => mounted !== undefined && !this.lost.has(zone) && state === 'running',
    );
  }

  /** Of what was acknowledged, and could be kept, what the one that serves does not have. */
  missing(): number[] {
    const [serving] = this.serving;
    const disk = this.disks.find(({ id }) => id === serving?.mounted);
    return [...this.acknowledged].filter((n) => disk?.contents.has(n) !== true && !this.excused.has(n));
  }
}
