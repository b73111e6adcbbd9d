import { ProblemError } from '@groundwork/service';
import { Router } from 'express';
import { IMMUTABLE } from '../domain/keys.ts';
import type { Thumbnails } from '../ports/thumbnails.ts';
import type { ThumbnailerProblem } from './problems.ts';
import { isFresh, rangeOf, sendImage } from './send-image.ts';

/** `GET /derivatives/{hash}/{file}`: what CloudFront reads from S3 itself; here for everywhere else. */
export function derivativeRoutes(thumbnails: Thumbnails): Router {
  const router = Router();
  router.get('/derivatives/:hash/:file', async (req, res) => {
    const { hash, file } = req.params;
    const key = `derivatives/${hash}/${file}`;
    // The hash names what the image is made of, so it serves as the strong validator.
    res.set({ etag: `"${hash}"`, 'cache-control': IMMUTABLE });
    if (isFresh(req, hash)) {
      res.status(304).end();
      return;
    }
    const image = await thumbnails.readImage(key, rangeOf(req, hash));
    if (image === undefined) {
      throw new ProblemError<ThumbnailerProblem>('image_not_found', `There is no ${key}.`);
    }
    await sendImage(req, res, image);
  });
  return router;
}
