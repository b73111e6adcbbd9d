import { z } from 'zod';

/** Names are those of resources and namespaces; keys are `name/id`. */
const names = (what: string, example: string) =>
  z
    .array(z.string().min(1).max(2_300))
    .max(1_000)
    .default([])
    .describe(what)
    .meta({ example: [example] });

export const InvalidateRequest = z
  .strictObject({
    keys: names('Single entries, each as name/id', 'products/1'),
    tags: names('All entries that carry one of these', 'category:books'),
    namespaces: names('All entries of these resources and namespaces', 'products'),
  })
  .refine(
    ({ keys, tags, namespaces }) => keys.length + tags.length + namespaces.length > 0,
    'name at least one key, tag or namespace',
  )
  .meta({ id: 'InvalidateRequest' });
export type InvalidateRequest = z.infer<typeof InvalidateRequest>;

export const InvalidateAnswer = z
  .object({
    invalidated: z.object({ keys: z.int(), tags: z.int(), namespaces: z.int() }),
    waited: z
      .object({
        heardBy: z.array(z.string()).describe('Instances that have forgotten it'),
        silent: z
          .array(z.string())
          .describe('Instances that have not said so, and use nothing of their own until they are heard of'),
      })
      .optional()
      .describe('With wait=all'),
  })
  .meta({ id: 'InvalidateAnswer' });
export type InvalidateAnswer = z.infer<typeof InvalidateAnswer>;

export const BatchGetRequest = z
  .strictObject({ ids: z.array(z.string().min(1)).min(1).max(1_000) })
  .meta({ id: 'BatchGetRequest' });
export type BatchGetRequest = z.infer<typeof BatchGetRequest>;

const batchItem = {
  id: z.string(),
  status: z.int().describe('200, 404, or 503 when it could not be had'),
  etag: z.string().optional(),
  cacheStatus: z.string().optional().describe('As in the header of a single read'),
};

export const ResourceBatch = z
  .object({ items: z.array(z.object({ ...batchItem, value: z.unknown().optional() })) })
  .meta({ id: 'ResourceBatch', description: 'In the order that was asked for' });

export const ValueBatch = z
  .object({
    items: z.array(
      z.object({
        ...batchItem,
        contentType: z.string().optional(),
        text: z.string().optional().describe('The value, if its type is text or JSON in UTF-8'),
        base64: z.string().optional().describe('The value otherwise'),
      }),
    ),
  })
  .meta({ id: 'ValueBatch', description: 'In the order that was asked for' });

export const ValuePut = z
  .object({
    etag: z.string(),
    created: z.boolean(),
    cached: z
      .boolean()
      .describe('false: the database has it, and the cache is told as soon as it can be reached'),
  })
  .meta({ id: 'ValuePut' });
export type ValuePut = z.infer<typeof ValuePut>;
