import { isFresh, ProblemError } from '@groundwork/service';
import { Router } from 'express';
import { DERIVATIVES, IMMUTABLE } from '../domain/keys.ts';
import type { Thumbnails } from '../ports/thumbnails.ts';
import { cacheability, requireAccess, type Access } from './access.ts';
import type { ThumbnailerProblem } from './problems.ts';
import { rangeOf, sendImage } from './send-image.ts';

/** `GET /derivatives/{source}/{content}/{file}`: what CloudFront reads from S3 itself; here for everywhere else. */
export function derivativeRoutes(parts: { thumbnails: Thumbnails; access: Access; now: () => Date }): Router {
  const router = Router();
  // A signed link is for /images: these names are given to those who may see manifests.
  const access = requireAccess(parts.access, parts.now);
  router.get('/derivatives/:source/:content/:file', access, async (req, res) => {
    const { source = '', content = '', file = '' } = req.params as Record<string, string>;
    const key = `${DERIVATIVES}${source}/${content}/${file}`;
    // Also for who has it: what has been collected meanwhile is not to be kept for another year.
    const image = await parts.thumbnails.readImage(key, rangeOf(req, content));
    if (image === undefined) {
      throw new ProblemError<ThumbnailerProblem>('image_not_found', `There is no ${key}.`);
    }
    // The name says what the image is made of, and is never used again: a strong validator.
    res.set({ etag: `"${content}"`, 'cache-control': `${cacheability(parts.access)}, ${IMMUTABLE}` });
    if (isFresh(req, content)) {
      image.body.destroy();
      res.status(304).end();
      return;
    }
    await sendImage(req, res, image);
  });
  return router;
}
