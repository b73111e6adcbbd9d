import { createHash } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Manifest } from '@groundwork/contracts';
import { Actor, type How } from '@groundwork/service/testing';
import { handleChange, tend, type HandleParts } from '../../src/domain/handle-change.ts';
import { imagesIn } from '../../src/domain/converge.ts';
import type { ObjectRef } from '../../src/domain/object-ref.ts';
import type { Renderer, Rendition } from '../../src/ports/renderer.ts';
import type { Stack } from '../support/stack.ts';

/** Breaks the ports of one worker, to show that the model would notice. */
export type Sabotage = (parts: HandleParts, ref: ObjectRef) => HandleParts;

export interface Message {
  kind: 'change' | 'tend';
  receives: number;
  /** Of a tend: the manifest it was sent for. */
  revision?: number | undefined;
}

/** Original bytes say which content they are, and so do the images made of them: a mixture shows. */
export const CONTENTS = ['red', 'green', 'broken'] as const;

export const textRenderer: Renderer = {
  encoder: 'text',
  render(original, { presets }) {
    const content = Buffer.from(original).toString();
    if (content === 'broken') {
      return Promise.resolve({ ok: false, verdict: { code: 'corrupt', reason: 'It is broken.' } });
    }
    const renditions = presets.flatMap((preset) =>
      preset.encodings.map((encoding): Rendition => {
        const bytes = Buffer.from(`${content} ${preset.name} ${encoding.format}`);
        const etag = createHash('md5').update(bytes).digest('hex');
        return { preset, encoding, width: 1, height: 1, bytes, etag };
      }),
    );
    const facts = { width: 1, height: 1, format: 'text', frames: 1, salvaged: false };
    const impression = { ...facts, thumbhash: '', dominantColour: '#000000' };
    return Promise.resolve({ ok: true, impression, renditions });
  },
};

/** One object, the news of it, and the workers that handle them. */
export class World {
  readonly ref: ObjectRef;
  readonly #stack: Stack;
  readonly #parts: HandleParts;
  readonly #sabotage: Sabotage;
  readonly #versions: string[] = [];
  readonly messages: Message[] = [];
  readonly #workers: (undefined | { actor: Actor; message: Message })[] = [undefined, undefined];
  readonly #announced: Manifest[] = [];
  #revision = 0;
  #swapped = false;
  /** Nothing that readers see has changed since it was checked. */
  #looked = true;
  /** Only a reconciliation can find what nobody was told. */
  lostNews = false;
  /** What a worker that died had stored is found by a reconciliation only. */
  died = false;

  constructor(stack: Stack, parts: HandleParts, ref: ObjectRef, sabotage: Sabotage) {
    this.#stack = stack;
    this.ref = ref;
    this.#sabotage = sabotage;
    this.#parts = {
      ...parts,
      thumbnails: {
        ...parts.thumbnails,
        swapManifest: async (...args) => {
          const done = await this.#changing(() => parts.thumbnails.swapManifest(...args));
          this.#swapped ||= done;
          return done;
        },
        removeImages: (...args) => this.#changing(() => parts.thumbnails.removeImages(...args)),
      },
      deferred: {
        ...parts.deferred,
        tend: async (_ref, _delay, revision) =>
          void this.messages.push({ kind: 'tend', receives: 0, revision }),
      },
      announcer: { announce: async (manifest) => void this.#announced.push(manifest) },
    };
  }

  async put(content: string, told: boolean): Promise<void> {
    const { bucket: Bucket, key: Key } = this.ref;
    const { VersionId } = await this.#stack.s3.send(new PutObjectCommand({ Bucket, Key, Body: content }));
    this.#changed(VersionId, told);
  }

  /** On a versioned bucket this adds a delete marker. */
  async remove(told: boolean): Promise<void> {
    const { bucket: Bucket, key: Key } = this.ref;
    const { VersionId } = await this.#stack.s3.send(new DeleteObjectCommand({ Bucket, Key }));
    this.#changed(VersionId, told);
  }

  /** Takes back the newest version, be it an object or a delete marker. Nothing on other buckets. */
  async takeBack(told: boolean): Promise<void> {
    const VersionId = this.#versions.pop();
    if (VersionId === undefined) return;
    const { bucket: Bucket, key: Key } = this.ref;
    await this.#stack.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    this.#changed(undefined, told);
  }

  async #changing<T>(change: () => Promise<T>): Promise<T> {
    this.#looked = false;
    return change();
  }

  #changed(version: string | undefined, told: boolean): void {
    if (version !== undefined) this.#versions.push(version);
    if (told) this.messages.push({ kind: 'change', receives: 0 });
    else this.lostNews = true;
  }

  /** A free worker takes a message; it may come twice. */
  async deliver(worker: number, pick: number, twice: boolean): Promise<void> {
    if (this.#workers[worker] !== undefined || this.messages.length === 0) return;
    const at = pick % this.messages.length;
    const [message] = twice ? this.messages.slice(at, at + 1) : this.messages.splice(at, 1);
    if (message === undefined) return;
    await this.#begin(worker, { ...message, receives: message.receives + 1 });
  }

  isWorking(worker: number): boolean {
    return this.#workers[worker] !== undefined;
  }

  async step(worker: number, how: How = 'pass'): Promise<void> {
    await this.#workers[worker]?.actor.step(how);
    await this.#look(worker);
  }

  async crash(worker: number): Promise<void> {
    if (this.#workers[worker] !== undefined) this.died = true;
    await this.#workers[worker]?.actor.crash();
    await this.#look(worker);
  }

  async #begin(worker: number, message: Message): Promise<void> {
    const actor = new Actor();
    this.#workers[worker] = { actor, message };
    const broken = this.#sabotage(this.#parts, this.ref);
    const parts: HandleParts = {
      ...broken,
      sources: actor.gated(broken.sources),
      thumbnails: actor.gated(broken.thumbnails),
      renderer: actor.gated(broken.renderer),
      announcer: actor.gated(broken.announcer),
      deferred: actor.gated(broken.deferred),
    };
    const signal = new AbortController().signal;
    const redelivered = message.receives > 1;
    await actor.start(() =>
      message.kind === 'change'
        ? handleChange(parts, this.ref, signal, redelivered)
        : tend(parts, this.ref, signal, { redelivered, revision: message.revision }),
    );
    await this.#look(worker);
  }

  /** What ended successfully is acknowledged; everything else comes again. */
  async #look(worker: number): Promise<void> {
    const working = this.#workers[worker];
    if (working?.actor.result !== undefined) {
      this.#workers[worker] = undefined;
      if (working.actor.result === 'failed') this.messages.push(working.message);
    }
    await this.expectNoMixture();
  }

  /** The rest of all work, nobody disturbing it. */
  async settle(): Promise<void> {
    for (let steps = 0; steps < 2_000; steps++) {
      const busy = this.#workers.findIndex((working) => working !== undefined);
      if (busy >= 0) await this.step(busy);
      else if (this.messages.length > 0) await this.deliver(0, 0, false);
      else return;
    }
    throw new Error('the work does not come to an end');
  }

  /** As a reconciliation would have it done. */
  async reconcile(): Promise<void> {
    this.messages.push({ kind: 'tend', receives: 0 });
    await this.settle();
  }

  /** At any moment: revisions grow by one, and all that the manifest names is there and of the version it tells of. */
  async expectNoMixture(): Promise<void> {
    if (this.#looked) return;
    this.#looked = true;
    const manifest = await this.manifest();
    // Whoever follows the events orders them by it.
    const revision = manifest?.revision ?? 0;
    if (revision !== this.#revision && revision !== this.#revision + 1) {
      throw new Error(`revision ${this.#revision} was followed by ${revision}`);
    }
    if (revision === this.#revision && this.#swapped)
      throw new Error(`there are two manifests of revision ${revision}`);
    this.#swapped = false;
    this.#revision = revision;
    if (manifest?.state !== 'ready') return;
    for (const { key, preset, format } of manifest.derivatives) {
      const image = await this.#parts.thumbnails.readImage(key, undefined);
      if (image === undefined) throw new Error(`readers are sent to ${key}, which is not there`);
      const text = Buffer.concat(await image.body.toArray()).toString();
      const [content = ''] = text.split(' ');
      if (text !== `${content} ${preset} ${format}` || md5(content) !== manifest.source.etag) {
        throw new Error(`${key} shows ${text}, but the manifest tells of another version`);
      }
    }
  }

  /** At the end: the manifest is that of the object, or tells that there is none; and that was told. */
  async expectTruth(): Promise<void> {
    const source = await this.#parts.sources.head(this.ref);
    const manifest = await this.manifest();
    if (manifest === undefined) {
      if (source !== undefined) throw new Error('the object is there, its thumbnails are not');
      return;
    }
    if (source === undefined && manifest.state !== 'gone') {
      throw new Error('the object is gone, its thumbnails are not');
    }
    if (source !== undefined) {
      if (manifest.state === 'gone') throw new Error('the object is there, its thumbnails are not');
      if (manifest.source.etag !== source.etag || manifest.source.versionId !== source.versionId) {
        throw new Error('the thumbnails are those of another version');
      }
      if (manifest.state === 'ready' && manifest.awaiting.length > 0) {
        throw new Error('deferred formats are missing');
      }
    }
    // A collection changes nothing that is told, nor the time of the last change.
    const told = this.#announced.some(
      (one) => one.state === manifest.state && one.updatedAt === manifest.updatedAt,
    );
    if (!told) throw new Error(`nobody was told that it is ${manifest.state}`);
  }

  async expectNothingLeftOver(): Promise<void> {
    const manifest = await this.manifest();
    const named = new Set(manifest === undefined ? [] : imagesIn(manifest));
    const images = await this.#parts.thumbnails.listImages(this.ref);
    const unnamed = images.filter(({ key }) => !named.has(key));
    if (unnamed.length > 0) throw new Error(`${unnamed.length} images are left over`);
  }

  async manifest(): Promise<Manifest | undefined> {
    return (await this.#parts.thumbnails.readManifest(this.ref))?.manifest;
  }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
