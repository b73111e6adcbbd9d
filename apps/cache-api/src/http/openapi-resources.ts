import { needs, problemResponse, refused, type ZodOpenApiPathsObject } from '@groundwork/service';
import { z } from 'zod';
import type { JsonSchema } from '../domain/resources/bound.ts';
import type { Catalogue, ResourceShelf } from './catalogue.ts';
import { reading } from './openapi-reading.ts';

/** One path per resource, with the schema that the database has. */
export function resourcePaths({ resources }: Catalogue): ZodOpenApiPathsObject {
  return Object.fromEntries(
    [...resources].map(([name, shelf]) => [`/v1/resources/${name}/{id}`, operations(name, shelf)]),
  );
}

function operations(name: string, { resource, writing }: ResourceShelf): ZodOpenApiPathsObject[string] {
  const names = resource.key.map((part) => part.name).join(',');
  const requestParams = {
    path: z.object({ id: z.string().describe(`Values of ${names}, comma-separated`) }),
  };
  const entry = { content: { 'application/json': { schema: resource.schema as Record<string, never> } } };
  const get = {
    summary: `One of ${name}`,
    security: needs('cache:read'),
    requestParams,
    responses: { ...reading, 200: { ...reading[200], ...entry }, ...refused },
  };
  if (writing === undefined || resource.kind !== 'table') return { get };
  const write = {
    security: needs('cache:write'),
    requestParams: {
      ...requestParams,
      header: z.object({ 'if-match': z.string().optional(), 'if-none-match': z.literal('*').optional() }),
    },
  };
  const requestBody = {
    content: { 'application/json': { schema: fieldsOf(resource.schema, resource.declaration.writable) } },
  };
  const responses = {
    200: { description: 'The row as it is now', ...entry },
    404: problemResponse('There is none'),
    412: problemResponse('It is not what the condition asks for'),
    422: problemResponse('The database does not take this'),
    503: problemResponse('The database does not answer'),
    ...refused,
  };
  return {
    get,
    put: {
      summary: `Make or replace one of ${name}`,
      ...write,
      requestBody,
      responses: { 201: { description: 'New', ...entry }, ...responses },
    },
    patch: { summary: `Change columns of one of ${name}`, ...write, requestBody, responses },
    delete: {
      summary: `Delete one of ${name}`,
      ...write,
      responses: { ...responses, 204: { description: 'It is gone' } },
    },
  };
}

function fieldsOf({ properties }: JsonSchema, writable: readonly string[]): Record<string, never> {
  const all = Object.entries((properties ?? {}) as Record<string, unknown>);
  const fields = Object.fromEntries(all.filter(([name]) => writable.includes(name)));
  return { type: 'object', properties: fields } as Record<string, unknown> as Record<string, never>;
}
