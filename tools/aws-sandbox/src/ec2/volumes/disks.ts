import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What is on volumes and in snapshots: a directory each, with the files that a mounted volume shows. */
export class Disks {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  volume(id: string): string {
    return join(this.#root, 'volumes', id);
  }

  /** Empty, or with what a snapshot has. */
  createVolume(id: string, snapshotId?: string): void {
    mkdirSync(this.volume(id), { recursive: true });
    if (snapshotId !== undefined) copy(this.#snapshot(snapshotId), this.volume(id));
  }

  /** As it is at this moment. */
  createSnapshot(id: string, volumeId: string): void {
    mkdirSync(this.#snapshot(id), { recursive: true });
    copy(this.volume(volumeId), this.#snapshot(id));
  }

  removeVolume(id: string): void {
    rmSync(this.volume(id), { recursive: true, force: true });
  }

  removeSnapshot(id: string): void {
    rmSync(this.#snapshot(id), { recursive: true, force: true });
  }

  #snapshot(id: string): string {
    return join(this.#root, 'snapshots', id);
  }
}

function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
}
