import { createApp, type AppOptions } from '@groundwork/service';
import { Router } from 'express';
import { deadLetterRoutes } from './dead-letters.ts';
import { derivativeRoutes } from './derivatives.ts';
import { imageLinkRoutes, type ImageLinkParts } from './image-links.ts';
import { imageRoutes, type ImageRouteParts } from './images.ts';
import { manifestRoutes } from './manifests.ts';
import { openapi } from './openapi.ts';
import { problems } from './problems.ts';
import { sweepRoutes } from './sweeps.ts';
import { uploadRoutes, type UploadRouteParts } from './upload-links.ts';

export type ThumbnailerAppOptions = Omit<AppOptions, 'openapi' | 'problems' | 'routes'> &
  ImageRouteParts &
  ImageLinkParts &
  UploadRouteParts &
  Parameters<typeof sweepRoutes>[0] & { deadLetters: Parameters<typeof deadLetterRoutes>[0] };

export function createThumbnailerApp(options: ThumbnailerAppOptions) {
  const routes = Router();
  routes.use(imageRoutes(options));
  routes.use(derivativeRoutes(options));
  routes.use(manifestRoutes(options.thumbnails));
  routes.use(imageLinkRoutes(options));
  routes.use(uploadRoutes(options));
  routes.use(sweepRoutes(options));
  routes.use(deadLetterRoutes(options.deadLetters));
  return createApp({ ...options, openapi, problems, routes });
}
