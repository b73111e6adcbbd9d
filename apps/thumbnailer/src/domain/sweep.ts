import { randomUUID } from 'node:crypto';
import type { Sweep } from '@groundwork/contracts';
import type { Deferred } from '../ports/deferred.ts';
import type { Inventory } from '../ports/inventory.ts';
import type { Sources } from '../ports/sources.ts';
import type { Sweeps } from '../ports/sweeps.ts';
import type { Thumbnails } from '../ports/thumbnails.ts';
import type { NameFilter } from './filter.ts';
import { mapConcurrently } from './map-concurrently.ts';
import type { ObjectRef } from './object-ref.ts';
import type { Recipe } from './presets.ts';
import { surveyStored, surveyUpload, type Finding } from './survey.ts';

export interface SweepParts {
  sources: Sources;
  thumbnails: Thumbnails;
  inventory: Inventory;
  sweeps: Sweeps;
  deferred: Deferred;
  recipe: Recipe;
  uploadsBucket: string;
  isWanted: NameFilter;
  /** Images that are no longer named are left alone this long, in ms. */
  graceMs: number;
  now: () => Date;
  observe?: (finding: Finding) => void;
}

/** Objects of one page; fewer at low rates, so that a page never takes longer than ten seconds of its rate. */
const MAX_PAGE = 1_000;
const PAGE_SECONDS = 10;
/** Manifests read at the same time. */
const READS = 16;
/** How long a sweep that has to wait for a queue leaves it alone, in seconds. */
const WAIT_SECONDS = 5;
const MAX_SAMPLES = 100;

/** What a message says: go on from this revision. */
export interface Advance {
  id: string;
  revision: number;
  /** Whoever had the message before may have done its page, and died before sending the next one. */
  redelivered: boolean;
}

/**
 * Does one page of a sweep, writes down where it is, and sends the message for the
 * next page. The message is the only thing that keeps a sweep going: a process that
 * dies leaves it to be delivered again, to any other one. Each is good for one revision,
 * so that copies of it end when they meet a newer one. Two at the same page do its work
 * twice, which is harmless; only one of them writes and goes on.
 */
export async function advance(parts: SweepParts, message: Advance, signal: AbortSignal): Promise<void> {
  const { id } = message;
  const stored = await parts.sweeps.read(id);
  if (stored === undefined) return;
  const { sweep, etag } = stored;
  if (sweep.state === 'finished' || sweep.state === 'cancelled') return;
  const began = parts.now().getTime();
  const early = (Date.parse(sweep.nextAt) - began) / 1000;
  const resent = message.redelivered && sweep.revision === message.revision + 1;
  if (sweep.revision !== message.revision && !resent) return;
  if (resent || early > 0) {
    await parts.deferred.sweep(id, sweep.revision, Math.max(0, Math.ceil(early)));
    return;
  }
  const waitingFor =
    sweep.request.apply && sweep.state !== 'counting' ? await parts.deferred.busy() : undefined;
  const { waitingFor: _before, ...rest } = sweep;
  const step =
    waitingFor === undefined
      ? await takePage(parts, sweep, signal)
      : { state: sweep.state, looked: 0, findings: [] };
  for (const { ref } of step.findings) if (sweep.request.apply) await parts.deferred.tend(ref);
  const now = parts.now();
  const paced = sweep.state === 'counting' ? 0 : step.looked / sweep.request.ratePerSecond;
  const pause = Math.ceil(
    Math.max(0, waitingFor === undefined ? paced - (now.getTime() - began) / 1000 : WAIT_SECONDS),
  );
  const next: Sweep = {
    ...rest,
    ...applied(sweep, step),
    ...(waitingFor === undefined ? {} : { waitingFor, cursor: sweep.cursor }),
    ...(sweep.scanningSince === undefined && step.state !== 'counting'
      ? { scanningSince: now.toISOString() }
      : {}),
    revision: sweep.revision + 1,
    writer: randomUUID(),
    updatedAt: now.toISOString(),
    nextAt: new Date(now.getTime() + pause * 1000).toISOString(),
  };
  if (!(await swapSweep(parts.sweeps, next, etag)) || next.state === 'finished') return;
  await parts.deferred.sweep(id, next.revision, pause);
}

/** As for manifests: where the answer is lost, the writer tells whether it was done. */
export async function swapSweep(sweeps: Sweeps, next: Sweep, expectedEtag: string): Promise<boolean> {
  if (await sweeps.swap(next, expectedEtag)) return true;
  return (await sweeps.read(next.id))?.sweep.writer === next.writer;
}

interface Found extends Finding {
  ref: ObjectRef;
}

/** What came of one page, and where the sweep is after it. */
interface PageResult {
  state: Sweep['state'];
  cursor?: string | undefined;
  /** Uploads counted or looked at. */
  looked: number;
  findings: Found[];
}

function applied(sweep: Sweep, page: PageResult) {
  const found = { ...sweep.found };
  for (const { drift } of page.findings) found[drift] = (found[drift] ?? 0) + 1;
  const samples = page.findings.map(({ drift, ref, reason }) => ({ drift, key: ref.key, reason }));
  return {
    state: page.state,
    cursor: page.cursor,
    total: sweep.total + (sweep.state === 'counting' ? page.looked : 0),
    scanned: sweep.scanned + (sweep.state === 'uploads' ? page.looked : 0),
    found,
    sent: sweep.sent + (sweep.request.apply ? page.findings.length : 0),
    samples: [...sweep.samples, ...samples].slice(0, MAX_SAMPLES),
  };
}

async function takePage(parts: SweepParts, sweep: Sweep, signal: AbortSignal): Promise<PageResult> {
  switch (sweep.state) {
    case 'counting':
      return countPage(parts, sweep);
    case 'uploads':
      return uploadsPage(parts, sweep, signal);
    case 'images':
      return imagesPage(parts, sweep, signal);
    case 'finished':
    case 'cancelled':
      return { state: sweep.state, looked: 0, findings: [] };
  }
}

async function countPage(parts: SweepParts, { request, cursor }: Sweep): Promise<PageResult> {
  const { items, next } = await parts.inventory.uploads(request.prefix, cursor, MAX_PAGE);
  const looked = items.filter(({ key }) => parts.isWanted(key)).length;
  return { state: next === undefined ? 'uploads' : 'counting', cursor: next, looked, findings: [] };
}

async function uploadsPage(parts: SweepParts, sweep: Sweep, signal: AbortSignal): Promise<PageResult> {
  const { request, cursor, kind } = sweep;
  const limit = Math.min(MAX_PAGE, request.ratePerSecond * PAGE_SECONDS);
  const { items, next } = await parts.inventory.uploads(request.prefix, cursor, limit);
  const wanted = items.filter(({ key }) => parts.isWanted(key));
  const findings = await mapConcurrently(wanted, READS, async (upload): Promise<Found | undefined> => {
    signal.throwIfAborted();
    const ref = { bucket: parts.uploadsBucket, key: upload.key };
    const manifest = await parts.thumbnails.readManifest(ref);
    const finding = await surveyUpload(upload, manifest, parts.recipe, () => parts.sources.head(ref));
    return finding && noted(parts, finding, ref);
  });
  // A backfill is about what is to be made; a reconciliation also about what should not be there.
  const after = kind === 'backfill' ? 'finished' : 'images';
  return {
    state: next === undefined ? after : 'uploads',
    cursor: next,
    looked: wanted.length,
    findings: present(findings),
  };
}

async function imagesPage(parts: SweepParts, sweep: Sweep, signal: AbortSignal): Promise<PageResult> {
  const { request, cursor } = sweep;
  const limit = Math.min(MAX_PAGE, request.ratePerSecond * PAGE_SECONDS);
  const { items, next } = await parts.inventory.stored(cursor, limit);
  const graceEnds = new Date(parts.now().getTime() - parts.graceMs);
  const findings = await mapConcurrently(items, READS, async (source): Promise<Found | undefined> => {
    signal.throwIfAborted();
    const [image] = source.images;
    const ref =
      source.manifest?.manifest ??
      (image === undefined ? undefined : await parts.inventory.sourceOf(image.key));
    if (ref === undefined || ref.bucket !== parts.uploadsBucket || !ref.key.startsWith(request.prefix))
      return;
    const finding = await surveyStored(source, graceEnds, () => parts.sources.head(ref));
    return finding && noted(parts, finding, { bucket: ref.bucket, key: ref.key });
  });
  return {
    state: next === undefined ? 'finished' : 'images',
    cursor: next,
    looked: items.length,
    findings: present(findings),
  };
}

function noted(parts: SweepParts, finding: Finding, ref: ObjectRef): Found {
  parts.observe?.(finding);
  return { ...finding, ref };
}

function present<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}
