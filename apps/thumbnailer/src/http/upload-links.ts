import { requireScope, validate, ProblemError } from '@groundwork/service';
import { Router } from 'express';
import { z } from 'zod';
import type { NameFilter } from '../domain/filter.ts';
import type { UploadLinks } from '../ports/upload-links.ts';
import { imagePath, keyPath, ObjectKey } from './object-key.ts';
import type { ThumbnailerProblem } from './problems.ts';

export interface UploadRouteParts {
  uploadLinks: UploadLinks;
  uploadsBucket: string;
  isWanted: NameFilter;
  maxSourceBytes: number;
}

/** A day; browsers upload at once. */
const MAX_SECONDS = 86_400;

export const UploadRequest = z
  .strictObject({
    key: ObjectKey,
    contentType: z
      .string()
      .regex(/^image\/[a-z0-9.+-]+$/, 'must be an image type, for example image/jpeg')
      .meta({ example: 'image/jpeg' }),
    bytes: z.int().min(1).meta({ description: 'Exactly so many will be accepted', example: 123_456 }),
    overwrite: z
      .boolean()
      .default(false)
      .meta({ description: 'False: refused with 412 when there is something under this key' }),
    expiresInSeconds: z.int().min(1).max(MAX_SECONDS).default(300),
  })
  .meta({ id: 'UploadRequest' });

export const Upload = z
  .object({
    method: z.literal('PUT'),
    url: z.string(),
    headers: z.record(z.string(), z.string()).meta({ description: 'To be sent with the PUT, as they are' }),
    expiresAt: z.iso.datetime(),
    image: z.string().meta({ description: 'Path of the image once it is there' }),
    manifest: z.string().meta({
      description: 'Where it is described, relative to the URL of this request',
      example: 'manifests/uploads/holiday/beach.jpg',
    }),
  })
  .meta({ id: 'Upload' });

/** `POST /v1/uploads`: a link that a browser can PUT one file to, straight into the bucket. */
export function uploadRoutes(parts: UploadRouteParts): Router {
  const router = Router();
  router.post('/v1/uploads', requireScope('images:write'), async (req, res) => {
    const order = validate(UploadRequest, req.body, 'body');
    const { key, bytes } = order;
    if (!parts.isWanted(key)) {
      throw new ProblemError<ThumbnailerProblem>(
        'upload_not_wanted',
        `No thumbnails are made of ${key}: UPLOADS_INCLUDE or UPLOADS_EXCLUDE leave it out.`,
      );
    }
    if (bytes > parts.maxSourceBytes) {
      throw new ProblemError<ThumbnailerProblem>(
        'upload_not_wanted',
        `At most ${parts.maxSourceBytes} bytes are accepted (MAX_SOURCE_BYTES).`,
      );
    }
    const { url, headers, expiresAt } = await parts.uploadLinks.create(order);
    res
      .status(201)
      .set('cache-control', 'no-store')
      .json({
        method: 'PUT',
        url,
        headers,
        expiresAt: expiresAt.toISOString(),
        image: imagePath(key),
        // Relative to /v1/uploads, like Location: the edge may have taken a prefix off the path.
        manifest: `manifests/${parts.uploadsBucket}/${keyPath(key)}`,
      });
  });
  return router;
}
