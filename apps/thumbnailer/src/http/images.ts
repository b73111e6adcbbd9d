import { setTimeout as delay } from 'node:timers/promises';
import type { Manifest } from '@groundwork/contracts';
import { isFresh, ProblemError } from '@groundwork/service';
import { Router, type Request, type Response } from 'express';
import type { NameFilter } from '../domain/filter.ts';
import { chooseDerivative, prefersPicture } from '../domain/negotiate.ts';
import type { ObjectRef } from '../domain/object-ref.ts';
import type { Preset } from '../domain/presets.ts';
import type { Sources } from '../ports/sources.ts';
import type { Thumbnails } from '../ports/thumbnails.ts';
import { cacheability, requireAccess, type Access } from './access.ts';
import { canBeStored, IMAGES } from './object-key.ts';
import { sendPlaceholder } from './placeholder.ts';
import type { ThumbnailerProblem } from './problems.ts';
import { rangeOf, sendImage } from './send-image.ts';

export interface ImageRouteParts {
  sources: Sources;
  thumbnails: Thumbnails;
  uploadsBucket: string;
  presets: readonly Preset[];
  isWanted: NameFilter;
  access: Access;
  now: () => Date;
  /** How long a browser or CDN may show an image without asking again, in seconds. */
  maxAgeSeconds: number;
}

const DEFAULT_PRESET = 'medium';
/** Requests that wait at the same time; further ones are told at once that it is pending. */
const MAX_WAITING = 100;
/** When to ask again for an image that is being made, in seconds. */
const RETRY_AFTER_SECONDS = 1;
/** The longest that `Prefer: wait` is listened to, in seconds, and how often is looked, in ms. */
const MAX_WAIT_SECONDS = 10;
const WAIT_STEP_MS = 250;

/** `GET /images/{key}?preset=small`: the thumbnail of an upload, in the best format the client takes. */
export function imageRoutes(parts: ImageRouteParts): Router {
  const router = Router();
  const waiting = new Set<Response>();
  router.get(`${IMAGES}*key`, requireAccess(parts.access, parts.now), async (req, res) => {
    const ref = { bucket: parts.uploadsBucket, key: keyOf(req) };
    const preset = presetOf(req, parts.presets);
    const shown = prefersPicture(req.get('accept'));
    res.vary('Accept');
    if (!parts.isWanted(ref.key)) throw absent(`No thumbnails are made of ${ref.key}: its name is left out.`);
    const stored = await readWaiting(parts, waiting, ref, req, res);
    const manifest = stored?.manifest;
    if (manifest === undefined || manifest.state === 'gone') {
      if ((await parts.sources.head(ref)) === undefined) throw absent(`Nothing is stored under ${ref.key}.`);
      res.status(202).set({ 'cache-control': 'no-store', 'retry-after': String(RETRY_AFTER_SECONDS) });
      if (shown) sendPlaceholder(res, preset, 'pending', 'This picture is being made');
      else res.json({ state: 'pending', key: ref.key });
      return;
    }
    if (manifest.state === 'failed' && shown) {
      res.status(422).set('cache-control', 'no-store');
      sendPlaceholder(res, preset, 'failed', manifest.verdict.reason);
      return;
    }
    await sendDerivative(parts, ref, manifest, preset, req, res);
  });
  return router;
}

/** The image that a manifest names. One collected meanwhile has been replaced, so the manifest is read again. */
async function sendDerivative(
  parts: ImageRouteParts,
  ref: ObjectRef,
  manifest: Exclude<Manifest, { state: 'gone' }>,
  preset: Preset,
  req: Request,
  res: Response,
): Promise<void> {
  const derivative = derivativeOf(manifest, preset.name, req);
  const { etag } = derivative;
  const cached = `${cacheability(parts.access)}, max-age=${parts.maxAgeSeconds}, stale-if-error=86400`;
  if (isFresh(req, etag)) {
    res
      .status(304)
      .set({ etag: `"${etag}"`, 'cache-control': cached })
      .end();
    return;
  }
  const image = await parts.thumbnails.readImage(derivative.key, rangeOf(req, etag));
  if (image !== undefined) {
    res.set({ etag: `"${etag}"`, 'cache-control': cached });
    await sendImage(req, res, image);
    return;
  }
  const now = (await parts.thumbnails.readManifest(ref))?.manifest;
  if (now === undefined || now.state === 'gone') throw absent(`Nothing is stored under ${ref.key} any more.`);
  if (now.state === 'ready' && now.derivatives.some(({ key }) => key === derivative.key)) {
    throw new Error(`The manifest of ${ref.key} names ${derivative.key}, which is not there`);
  }
  await sendDerivative(parts, ref, now, preset, req, res);
}

/**
 * The manifest; with `Prefer: wait=10` (RFC 7240) not before there is one for an
 * object that exists, up to that many seconds.
 */
async function readWaiting(
  parts: ImageRouteParts,
  waiting: Set<Response>,
  ref: ObjectRef,
  req: Request,
  res: Response,
) {
  const asked = Number(/(?:^|[\s,;])wait=(\d+)/.exec(req.get('prefer') ?? '')?.[1] ?? 0);
  // Those who do not wait take no place, however many are under way.
  if (asked === 0 || waiting.size >= MAX_WAITING) return parts.thumbnails.readManifest(ref);
  const deadline = performance.now() + Math.min(asked, MAX_WAIT_SECONDS) * 1000;
  waiting.add(res);
  try {
    for (;;) {
      const stored = await parts.thumbnails.readManifest(ref);
      const pending = stored?.manifest === undefined || stored.manifest.state === 'gone';
      if (!pending || performance.now() >= deadline || res.destroyed) return stored;
      if ((await parts.sources.head(ref)) === undefined) return stored;
      await delay(WAIT_STEP_MS);
    }
  } finally {
    waiting.delete(res);
  }
}

function keyOf(req: Request): string {
  const key = decodeURIComponent(req.path.slice(IMAGES.length));
  if (canBeStored(key)) return key;
  throw new ProblemError<ThumbnailerProblem>('image_not_found', 'No upload can have this key.');
}

function presetOf(req: Request, presets: readonly Preset[]): Preset {
  const name = req.query['preset'];
  const preset =
    presets.find((one) => one.name === (name ?? DEFAULT_PRESET)) ??
    (name === undefined ? presets[0] : undefined);
  if (preset !== undefined) return preset;
  const known = presets.map((one) => one.name).join(', ');
  throw new ProblemError<ThumbnailerProblem>('unknown_preset', `preset must be one of: ${known}.`);
}

function derivativeOf(manifest: Exclude<Manifest, { state: 'gone' }>, preset: string, req: Request) {
  if (manifest.state === 'failed') {
    throw new ProblemError<ThumbnailerProblem>('image_unusable', manifest.verdict.reason, {
      issues: [{ path: 'file', message: manifest.verdict.code }],
    });
  }
  const derivative = chooseDerivative(manifest.derivatives, preset, req.get('accept'));
  if (derivative !== undefined) return derivative;
  throw new ProblemError<ThumbnailerProblem>(
    'image_not_found',
    `${manifest.key} was made before the preset ${preset} existed; POST /v1/backfills makes it again.`,
  );
}

function absent(detail: string): Error {
  return new ProblemError<ThumbnailerProblem>('image_not_found', detail);
}
