import { Manifest } from '@groundwork/contracts';
import { createOpenApiDocument, problemResponse, type ZodOpenApiPathsObject } from '@groundwork/service';
import { z } from 'zod';
import { DEFAULT_PRESETS } from '../domain/preset-file.ts';

const image = {
  'image/webp': { schema: { type: 'string', format: 'binary' } },
  'image/jpeg': { schema: { type: 'string', format: 'binary' } },
} as const;

const Pending = z
  .object({ state: z.literal('pending'), key: z.string() })
  .meta({ id: 'Pending', description: 'The upload is there, its thumbnails are being made' });

const paths: ZodOpenApiPathsObject = {
  '/images/{key}': {
    get: {
      summary: 'The thumbnail of an upload, in the best format the client accepts',
      requestParams: {
        path: z.object({
          key: z.string().meta({ description: 'Key of the upload; slashes are part of it' }),
        }),
        query: z.object({
          preset: z
            .string()
            .optional()
            .meta({
              description: `One of the configured presets; by default ${DEFAULT_PRESETS.map(({ name }) => name).join(', ')}. Without it: medium, or the first`,
              example: 'small',
            }),
        }),
        header: z.object({
          accept: z.string().optional().meta({ example: 'image/webp' }),
          prefer: z.string().optional().meta({
            example: 'wait=10',
            description: 'Wait up to ten seconds for an image that is being made',
          }),
          range: z.string().optional().meta({ example: 'bytes=0-999' }),
        }),
      },
      responses: {
        200: { description: 'The image', content: image },
        206: { description: 'The part of the image that was asked for', content: image },
        202: {
          description: 'Not made yet: ask again after Retry-After',
          content: { 'application/json': { schema: Pending } },
        },
        304: { description: 'The client has it already' },
        400: problemResponse('Unknown preset'),
        404: problemResponse('No such upload'),
        422: problemResponse('No thumbnails can be made of this file, and why'),
      },
    },
  },
  '/derivatives/{hash}/{file}': {
    get: {
      summary: 'A finished image under the name of its content; never changes',
      requestParams: {
        path: z.object({ hash: z.string(), file: z.string().meta({ example: 'small.webp' }) }),
      },
      responses: { 200: { description: 'The image', content: image }, 404: problemResponse('No such image') },
    },
  },
  '/v1/manifests/{bucket}/{key}': {
    get: {
      summary: 'What is known of an upload: version, verdict, every thumbnail with size and bytes',
      security: [{ apiKey: [] }, { bearer: ['images:read'] }],
      requestParams: { path: z.object({ bucket: z.string(), key: z.string() }) },
      responses: {
        200: { description: 'The manifest', content: { 'application/json': { schema: Manifest } } },
        401: problemResponse('Credentials are missing'),
        404: problemResponse('No event about it has been handled'),
      },
    },
  },
};

export const openapi = createOpenApiDocument({
  title: 'Groundwork thumbnailer',
  description: 'Thumbnails of what is uploaded to a bucket, kept true to it.',
  version: '0.1.0',
  paths,
});
