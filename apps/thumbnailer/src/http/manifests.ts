import { ProblemError, requireScope } from '@groundwork/service';
import { Router } from 'express';
import type { Thumbnails } from '../ports/thumbnails.ts';
import type { ThumbnailerProblem } from './problems.ts';

const PREFIX = '/v1/manifests/';

/** `GET /v1/manifests/{bucket}/{key}`: what is known of an upload, and why it looks as it does. */
export function manifestRoutes(thumbnails: Thumbnails): Router {
  const router = Router();
  router.get('/v1/manifests/:bucket/*key', requireScope('images:read'), async (req, res) => {
    const [bucket = '', ...rest] = req.path.slice(PREFIX.length).split('/').map(decodeURIComponent);
    const key = rest.join('/');
    const stored = await thumbnails.readManifest({ bucket, key });
    if (stored?.manifest === undefined) {
      throw new ProblemError<ThumbnailerProblem>(
        'image_not_found',
        `No event about ${bucket}/${key} has been handled.`,
      );
    }
    res.set({ etag: `"${stored.etag}"`, 'cache-control': 'no-store' }).json(stored.manifest);
  });
  return router;
}
