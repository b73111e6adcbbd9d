import { createApp, type AppOptions } from '@groundwork/service';
import { Router } from 'express';
import { derivativeRoutes } from './derivatives.ts';
import { imageRoutes, type ImageRouteParts } from './images.ts';
import { manifestRoutes } from './manifests.ts';
import { openapi } from './openapi.ts';
import { problems } from './problems.ts';

export type ThumbnailerAppOptions = Omit<AppOptions, 'openapi' | 'problems' | 'routes'> & ImageRouteParts;

export function createThumbnailerApp(options: ThumbnailerAppOptions) {
  const routes = Router();
  routes.use(imageRoutes(options));
  routes.use(derivativeRoutes(options.thumbnails));
  routes.use(manifestRoutes(options.thumbnails));
  return createApp({ ...options, openapi, problems, routes });
}
