import { ProblemError, requireScope, validate } from '@groundwork/service';
import { Router } from 'express';
import { z } from 'zod';
import type { Preset } from '../domain/presets.ts';
import { sign } from '../domain/signature.ts';
import type { Access } from './access.ts';
import { imagePath, IMAGES, ObjectKey } from './object-key.ts';
import type { ThumbnailerProblem } from './problems.ts';

export interface ImageLinkParts {
  access: Access;
  presets: readonly Preset[];
  now: () => Date;
}

/** A week, like the longest presigned link of S3. */
const MAX_SECONDS = 604_800;

export const ImageLinkRequest = z
  .strictObject({
    key: ObjectKey,
    preset: z.string().optional().meta({ example: 'small' }),
    expiresInSeconds: z.int().min(1).max(MAX_SECONDS).default(3_600),
  })
  .meta({ id: 'ImageLinkRequest' });

export const ImageLink = z
  .object({ path: z.string().meta({ example: '/images/a.jpg?expires=…' }), expiresAt: z.iso.datetime() })
  .meta({ id: 'ImageLink' });

/** `POST /v1/image-links`: a link to one image that works without credentials, for a while. */
export function imageLinkRoutes({ access, presets, now }: ImageLinkParts): Router {
  const router = Router();
  router.post('/v1/image-links', requireScope('images:sign'), (req, res) => {
    const { key, preset, expiresInSeconds } = validate(ImageLinkRequest, req.body, 'body');
    const [signingKey] = access.signingKeys;
    if (access.mode !== 'signed' || signingKey === undefined) {
      throw new ProblemError<ThumbnailerProblem>(
        'links_not_signed',
        `IMAGES_ACCESS is ${access.mode}: links are not signed here.`,
      );
    }
    if (preset !== undefined && !presets.some(({ name }) => name === preset)) {
      throw new ProblemError<ThumbnailerProblem>('unknown_preset', `There is no preset ${preset}.`);
    }
    const expires = Math.floor(now().getTime() / 1000) + expiresInSeconds;
    const signature = sign({ path: `${IMAGES}${key}`, preset, expires }, signingKey);
    const query = new URLSearchParams({ expires: String(expires), signature });
    if (preset !== undefined) query.set('preset', preset);
    const link = {
      path: `${imagePath(key)}?${query.toString()}`,
      expiresAt: new Date(expires * 1000).toISOString(),
    };
    res.set('cache-control', 'no-store').json(link);
  });
  return router;
}
