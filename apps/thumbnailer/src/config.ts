import {
  authSettings,
  awsSettings,
  checkAuthSettings,
  httpSettings,
  integerSetting,
  processSettings,
  setting,
} from '@groundwork/service';
import { z } from 'zod';
import { parsePresets } from './domain/preset-file.ts';

export const Config = z
  .object({
    ...processSettings,
    ...httpSettings(3002),
    ...authSettings,
    ...awsSettings,
    UPLOADS_BUCKET: setting(z.string().min(3), {
      description: 'Bucket that originals are uploaded to',
      example: 'uploads',
    }),
    THUMBNAILS_BUCKET: setting(z.string().min(3), {
      description: 'Bucket that thumbnails and manifests are written to; never the one above',
      example: 'thumbnails',
    }),
    UPLOADS_QUEUE_URL: setting(z.url({ protocol: /^https?$/ }), {
      description: 'SQS queue with the events of the uploads bucket',
      example: 'https://sqs.eu-central-1.amazonaws.com/123456789012/thumbnailer-uploads',
    }),
    PRESETS: setting(z.string().optional(), {
      description: 'YAML file with the sizes and formats to make, or an s3:// address of one',
      example: 's3://my-config/presets.yaml',
    }),
    PRESETS_YAML: setting(z.string().optional(), {
      description: 'The same, inline',
      example: 'presets: [{ name: square, width: 300, height: 300, fit: cover }]',
    }),
    QUEUE_POLL_SECONDS: setting(integerSetting({ min: 1, max: 20 }).default(5), {
      description: 'How long one poll of the queue waits, in seconds; an idle worker needs as long to stop',
      example: '5',
    }),
    WORKER_CONCURRENCY: setting(integerSetting({ min: 1, max: 64 }).optional(), {
      description: 'Originals worked on at the same time; default one per core',
      example: '2',
    }),
    MAX_SOURCE_BYTES: setting(integerSetting({ min: 1, max: 1_000_000_000 }).default(100_000_000), {
      description: 'Larger originals are refused unread, in bytes',
      example: '100000000',
    }),
    MAX_SOURCE_PIXELS: setting(integerSetting({ min: 1, max: 1_000_000_000 }).default(100_000_000), {
      description: 'Originals with more pixels are refused by their header',
      example: '100000000',
    }),
    IMAGES_MAX_AGE_SECONDS: setting(integerSetting({ min: 0, max: 86_400 }).default(2), {
      description: 'How long browsers and the CDN may show /images/* without asking again, in seconds',
      example: '60',
    }),
  })
  .superRefine((config, ctx) => {
    checkAuthSettings(config, ctx);
    if (config.PRESETS !== undefined && config.PRESETS_YAML !== undefined) {
      ctx.addIssue({
        code: 'custom',
        path: ['PRESETS_YAML'],
        message: 'must not be set together with PRESETS',
      });
    }
    try {
      if (config.PRESETS_YAML !== undefined) parsePresets(config.PRESETS_YAML);
    } catch (error) {
      ctx.addIssue({ code: 'custom', path: ['PRESETS_YAML'], message: (error as Error).message });
    }
    if (config.UPLOADS_BUCKET === config.THUMBNAILS_BUCKET) {
      ctx.addIssue({
        code: 'custom',
        path: ['THUMBNAILS_BUCKET'],
        message: 'must not be UPLOADS_BUCKET: every thumbnail would be an upload again',
      });
    }
  });
