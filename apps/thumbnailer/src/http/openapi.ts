import { Manifest, Sweep, SweepKind, SweepRequest } from '@groundwork/contracts';
import {
  createOpenApiDocument,
  json,
  needs,
  problemResponse,
  refused,
  type ZodOpenApiPathsObject,
} from '@groundwork/service';
import { z } from 'zod';
import { DEFAULT_PRESETS } from '../domain/preset-file.ts';
import { DeadLetterList, DeadLetterQuery, RedriveRequest } from './dead-letters.ts';
import { ImageLink, ImageLinkRequest } from './image-links.ts';
import { SweepQuery } from './sweeps.ts';
import { Upload, UploadRequest } from './upload-links.ts';

const image = {
  'image/avif': { schema: { type: 'string', format: 'binary' } },
  'image/webp': { schema: { type: 'string', format: 'binary' } },
  'image/jpeg': { schema: { type: 'string', format: 'binary' } },
} as const;

const Pending = z
  .object({ state: z.literal('pending'), key: z.string() })
  .meta({ id: 'Pending', description: 'The upload is there, its thumbnails are being made' });

const SweepView = Sweep.extend({
  etaSeconds: z.int().nullable().meta({ description: 'For the rest of the uploads at the pace so far' }),
  stalled: z.boolean().meta({ description: 'It has lost its message: see the dead letters' }),
}).meta({ id: 'SweepView' });

/** Reconciliations and backfills are the same but for what they look at. */
function sweepPaths(kind: z.infer<typeof SweepKind>, what: string): ZodOpenApiPathsObject {
  const requestParams = { path: z.object({ id: z.string() }) };
  const sweep = { description: 'Its state', content: json(SweepView) };
  return {
    [`/v1/${kind}s`]: {
      post: {
        summary: what,
        security: needs('images:admin'),
        requestParams: { header: z.object({ 'idempotency-key': z.string().optional() }) },
        requestBody: { content: json(SweepRequest) },
        responses: {
          202: { description: 'Begun, or under way already under this key', content: json(SweepView) },
          400: problemResponse('The request is not valid'),
          422: problemResponse('The idempotency key belongs to another request'),
          ...refused,
        },
      },
      get: {
        summary: `The newest first, ${kind} by ${kind}`,
        security: needs('images:read'),
        requestParams: { query: SweepQuery },
        responses: {
          200: {
            description: 'A page',
            content: json(z.object({ items: z.array(SweepView), cursor: z.string().optional() })),
          },
          ...refused,
        },
      },
    },
    [`/v1/${kind}s/{id}`]: {
      get: {
        summary: 'How far it is; with Accept: text/event-stream whenever it has moved',
        security: needs('images:read'),
        requestParams,
        responses: {
          200: sweep,
          204: { description: 'To who follows it and has seen it end: Last-Event-ID is its last event' },
          404: problemResponse('There is none'),
          ...refused,
        },
      },
    },
    [`/v1/${kind}s/{id}/cancel`]: {
      post: {
        summary: 'Ends it after the page under way; what was handed on already is done',
        security: needs('images:admin'),
        requestParams,
        responses: { 200: sweep, 404: problemResponse('There is none'), ...refused },
      },
    },
  };
}

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
          expires: z.string().optional().meta({ description: 'Of a signed link, seconds since 1970' }),
          signature: z.string().optional(),
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
          description:
            'Not made yet: ask again after Retry-After. A placeholder if Accept begins with an image',
          content: {
            'application/json': { schema: Pending },
            'image/svg+xml': { schema: { type: 'string' } },
          },
        },
        304: { description: 'The client has it already' },
        400: problemResponse('Unknown preset'),
        403: problemResponse('The link is not valid, or not any more'),
        404: problemResponse('No such upload'),
        422: problemResponse('No thumbnails can be made of this file, and why'),
      },
    },
  },
  '/derivatives/{source}/{content}/{file}': {
    get: {
      summary: 'A finished image under the name of its content; never changes',
      requestParams: {
        path: z.object({
          source: z.string(),
          content: z.string(),
          file: z.string().meta({ example: 'small.webp' }),
        }),
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
  '/v1/image-links': {
    post: {
      summary: 'A link to an image that works without credentials, for a while (IMAGES_ACCESS=signed)',
      security: needs('images:sign'),
      requestBody: { content: json(ImageLinkRequest) },
      responses: {
        200: { description: 'The link', content: json(ImageLink) },
        409: problemResponse('Links are not signed here'),
        ...refused,
      },
    },
  },
  '/v1/uploads': {
    post: {
      summary: 'A link that a browser can PUT one file to',
      security: needs('images:write'),
      requestBody: { content: json(UploadRequest) },
      responses: {
        201: { description: 'The link', content: json(Upload) },
        400: problemResponse('The request is not valid'),
        422: problemResponse('Such a file would not be made into thumbnails'),
        ...refused,
      },
    },
  },
  ...sweepPaths(
    'reconciliation',
    'Looks for what is missing, stale or orphaned, and puts it right if asked to',
  ),
  ...sweepPaths(
    'backfill',
    'Makes what is missing or stale: for uploads from before, and after a preset change',
  ),
  '/v1/dead-letters': {
    get: {
      summary: 'What could not be handled, and why',
      security: needs('images:admin'),
      requestParams: { query: DeadLetterQuery },
      responses: { 200: { description: 'Some of it', content: json(DeadLetterList) }, ...refused },
    },
  },
  '/v1/dead-letters/redrive': {
    post: {
      summary: 'Has all of it handled again, in the background',
      security: needs('images:admin'),
      requestBody: { content: json(RedriveRequest) },
      responses: {
        202: {
          description: 'Begun',
          content: json(z.object({ state: z.string(), taskHandle: z.string().optional() })),
        },
        409: problemResponse('A redrive is under way'),
        ...refused,
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
