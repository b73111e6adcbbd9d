import {
  BatchGetRequest,
  CacheAdvice,
  InvalidateAnswer,
  InvalidateRequest,
  ResourceBatch,
  ValueBatch,
  ValuePut,
} from '@groundwork/contracts';
import {
  createOpenApiDocument,
  json,
  needs,
  problemResponse,
  refused,
  type ZodOpenApiPathsObject,
} from '@groundwork/service';
import { z } from 'zod';
import { resourcePaths } from './openapi-resources.ts';
import type { Catalogue } from './catalogue.ts';
import { reading } from './openapi-reading.ts';

const value = { path: z.object({ namespace: z.string(), key: z.string().meta({ example: 'a' }) }) };
const bytes = { '*/*': { schema: { type: 'string' as const, format: 'binary' } } };

const paths: ZodOpenApiPathsObject = {
  '/v1/kv/{namespace}/{key}': {
    get: {
      summary: 'A value, as it was put; with ?lease=5s and nothing there, the right to load and put it',
      security: needs('cache:read'),
      requestParams: {
        ...value,
        query: z.object({
          lease: z.string().optional().describe('Needs the scope cache:write').meta({ example: '5s' }),
          tags: z.string().optional().describe('Of what will be put under the lease, comma-separated'),
        }),
      },
      responses: { ...reading, 200: { ...reading[200], content: bytes }, ...refused },
    },
    put: {
      summary: 'Put a value of any type',
      security: needs('cache:write'),
      requestParams: {
        ...value,
        query: z.object({
          ttl: z.string().optional().meta({ example: '10m' }),
          tags: z.string().optional().meta({ example: 'user:7,basket' }),
        }),
        header: z.object({
          'if-match': z.string().optional(),
          'if-none-match': z.literal('*').optional(),
          'cache-lease': z.string().optional().describe('From a read with lease'),
        }),
      },
      requestBody: { content: bytes },
      responses: {
        200: { description: 'Replaced', content: json(ValuePut) },
        201: { description: 'New', content: json(ValuePut) },
        400: problemResponse('TTL, tags or key are not valid'),
        409: problemResponse('The lease is lost'),
        412: problemResponse('It is not what the condition asks for'),
        413: problemResponse('The value is too large'),
        503: problemResponse('The store or the database does not answer'),
        ...refused,
      },
    },
    delete: {
      summary: 'Remove a value',
      security: needs('cache:write'),
      requestParams: { ...value, header: z.object({ 'if-match': z.string().optional() }) },
      responses: {
        204: { description: 'It is gone' },
        404: problemResponse('There is none'),
        412: problemResponse('It is not what the condition asks for'),
        ...refused,
      },
    },
  },
  '/v1/kv/{namespace}/batch-get': {
    post: {
      summary: 'Many values at once; those of the database that are missing with one query',
      security: needs('cache:read'),
      requestParams: { path: z.object({ namespace: z.string() }) },
      requestBody: { content: json(BatchGetRequest) },
      responses: { 200: { description: 'All of them', content: json(ValueBatch) }, ...refused },
    },
  },
  '/v1/resources/{name}/batch-get': {
    post: {
      summary: 'Many entries at once; those that are missing with one query',
      security: needs('cache:read'),
      requestParams: { path: z.object({ name: z.string() }) },
      requestBody: { content: json(BatchGetRequest) },
      responses: { 200: { description: 'All of them', content: json(ResourceBatch) }, ...refused },
    },
  },
  '/v1/invalidate': {
    post: {
      summary: 'Forget entries: in the store, in every instance, in the CDN',
      security: needs('cache:invalidate'),
      requestParams: {
        query: z.object({
          wait: z.literal('all').optional().describe('Until no live instance shows them any more'),
        }),
      },
      requestBody: { content: json(InvalidateRequest) },
      responses: {
        200: { description: 'Done', content: json(InvalidateAnswer) },
        503: problemResponse('It may be done in part, and has to be repeated'),
        ...refused,
      },
    },
  },
  '/v1/advice': {
    get: {
      summary:
        'What other TTLs, sizes and policies would do for the traffic that was seen, and what they would cost',
      security: needs('cache:read'),
      requestParams: { query: z.object({ collection: z.string().optional() }) },
      responses: {
        200: {
          description: 'As JSON, with points for a chart, or as a table',
          content: { ...json(CacheAdvice), 'text/plain': { schema: { type: 'string' } } },
        },
        404: problemResponse('There is no such resource or namespace'),
        ...refused,
      },
    },
  },
  '/v1/status': {
    get: {
      summary: 'How this instance hears of changes, and how long that takes',
      security: needs('cache:read'),
      responses: {
        200: { description: 'The status', content: json(z.record(z.string(), z.unknown())) },
        ...refused,
      },
    },
  },
};

/** With a path for each declared resource. */
export function openapiOf(catalogue: Catalogue) {
  return createOpenApiDocument({
    title: 'Groundwork cache-api',
    description: 'Entries of a database, cached, and never older than promised.',
    version: '0.1.0',
    paths: { ...paths, ...resourcePaths(catalogue) },
  });
}
