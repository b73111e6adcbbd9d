import {
  authSettings,
  awsSettings,
  checkAuthSettings,
  httpSettings,
  integerSetting,
  listSetting,
  processSettings,
  setting,
  taskProtectionSettings,
} from '@groundwork/service';
import { z } from 'zod';
import { parsePresets } from './domain/preset-file.ts';

/** What turns events into thumbnails needs, wherever it runs. */
const workerSettings = {
  ...processSettings,
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
  DEFERRED_QUEUE_URL: setting(z.url({ protocol: /^https?$/ }), {
    description: 'SQS queue (standard) for what can wait: AVIF, images to collect, sweeps',
    example: 'https://sqs.eu-central-1.amazonaws.com/123456789012/thumbnailer-deferred',
  }),
  EVENTS_TOPIC_ARN: setting(z.string().startsWith('arn:').optional(), {
    description: 'SNS topic that is told when thumbnails are ready, failed or gone',
    example: 'arn:aws:sns:eu-central-1:123456789012:thumbnails-events',
  }),
  UPLOADS_INCLUDE: setting(listSetting().default([]), {
    description:
      'Keys that thumbnails are made of, as patterns separated by commas; * stands for anything, also slashes; case does not count; default all',
    example: '*.jpg,*.png,photos/*',
  }),
  UPLOADS_EXCLUDE: setting(listSetting().default([]), {
    description: 'Keys that none are made of, although included',
    example: 'private/*,*.tmp',
  }),
  PRESETS: setting(z.string().optional(), {
    description: 'YAML file with the sizes and formats to make, or an s3:// address of one',
    example: 's3://my-config/presets.yaml',
  }),
  PRESETS_YAML: setting(z.string().optional(), {
    description: 'The same, inline',
    example: 'presets: [{ name: square, width: 300, height: 300, fit: cover }]',
  }),
  MAX_SOURCE_BYTES: setting(integerSetting({ min: 1, max: 1_000_000_000 }).default(100_000_000), {
    description: 'Larger originals are refused unread, in bytes',
    example: '100000000',
  }),
  MAX_SOURCE_PIXELS: setting(integerSetting({ min: 1, max: 1_000_000_000 }).default(100_000_000), {
    description: 'Originals with more pixels in a frame are refused by their header',
    example: '100000000',
  }),
  MAX_SOURCE_FRAMES: setting(integerSetting({ min: 1, max: 100_000 }).default(1_000), {
    description: 'Animations with more frames are refused by their header',
    example: '1000',
  }),
  MAX_RENDER_SECONDS: setting(integerSetting({ min: 1, max: 3_600 }).default(60), {
    description: 'CPU seconds after which an original is given up',
    example: '60',
  }),
  MAX_PIXELS_IN_WORK: setting(integerSetting({ min: 1, max: 10_000_000_000 }).default(100_000_000), {
    description: 'Pixels of all originals that are being decoded; others wait. Up to 8 bytes of memory each',
    example: '100000000',
  }),
  COLLECT_GRACE_SECONDS: setting(integerSetting({ min: 0, max: 890 }).default(600), {
    description: 'How long images that were replaced can still be fetched under their own name, in seconds',
    example: '600',
  }),
};

/** What a process of its own needs besides: queues to poll, and an HTTP server. */
const serverSettings = {
  ...taskProtectionSettings,
  QUEUE_POLL_SECONDS: setting(integerSetting({ min: 1, max: 20 }).default(5), {
    description: 'How long one poll of the queue waits, in seconds; an idle worker needs as long to stop',
    example: '5',
  }),
  WORKER_CONCURRENCY: setting(integerSetting({ min: 0, max: 64 }).optional(), {
    description:
      'Originals worked on at the same time; default one per core; 0 leaves them to others, such as the Lambda functions',
    example: '2',
  }),
  IMAGES_ACCESS: setting(z.enum(['public', 'signed', 'auth']).default('public'), {
    description:
      'Who may see /images/* and /derivatives/*: everybody, whoever has a signed link, callers with the scope images:read',
    example: 'signed',
  }),
  IMAGES_SIGNING_KEYS: setting(listSetting().default([]), {
    description: 'Keys of signed links, at least 32 characters each; the first signs, all are accepted',
    example: '<openssl rand -hex 32>',
    secret: true,
  }),
  AWS_PUBLIC_ENDPOINT_URL: setting(z.url({ protocol: /^https?$/ }).optional(), {
    description: 'Endpoint for upload links, where browsers reach the sandbox under another name than we do',
    example: 'http://127.0.0.1:4566',
  }),
  IMAGES_MAX_AGE_SECONDS: setting(integerSetting({ min: 0, max: 86_400 }).default(2), {
    description: 'How long browsers and the CDN may show /images/* without asking again, in seconds',
    example: '60',
  }),
};

type Worker = z.output<z.ZodObject<typeof workerSettings>>;
type Server = z.output<z.ZodObject<typeof serverSettings>>;

/** Of the Lambda functions. */
export const WorkerConfig = z.object(workerSettings).superRefine(checkWorker);

export const Config = z
  .object({ ...httpSettings(3002), ...authSettings('images:read'), ...workerSettings, ...serverSettings })
  .superRefine((config, ctx) => {
    checkAuthSettings(config, ctx);
    checkWorker(config, ctx);
    checkServer(config, ctx);
  });

function checkWorker(config: Worker, ctx: z.RefinementCtx): void {
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
  if (config.DEFERRED_QUEUE_URL === config.UPLOADS_QUEUE_URL || config.DEFERRED_QUEUE_URL.endsWith('.fifo')) {
    ctx.addIssue({
      code: 'custom',
      path: ['DEFERRED_QUEUE_URL'],
      message: 'must be a standard queue of its own: it is served last, and delays single messages',
    });
  }
  if (config.UPLOADS_BUCKET === config.THUMBNAILS_BUCKET) {
    ctx.addIssue({
      code: 'custom',
      path: ['THUMBNAILS_BUCKET'],
      message: 'must not be UPLOADS_BUCKET: every thumbnail would be an upload again',
    });
  }
}

function checkServer(config: Server, ctx: z.RefinementCtx): void {
  if (config.IMAGES_ACCESS === 'signed' && config.IMAGES_SIGNING_KEYS.length === 0) {
    ctx.addIssue({
      code: 'custom',
      path: ['IMAGES_SIGNING_KEYS'],
      message: 'must be set for IMAGES_ACCESS=signed',
    });
  }
  if (config.IMAGES_SIGNING_KEYS.some((key) => key.length < 32)) {
    ctx.addIssue({
      code: 'custom',
      path: ['IMAGES_SIGNING_KEYS'],
      message: 'must have at least 32 characters each',
    });
  }
}
