import { Problem } from '@groundwork/contracts';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import type { z } from 'zod';

export type { ZodOpenApiPathsObject };

/** A problem answer, for the `responses` of an operation. */
export function problemResponse(description: string): ZodOpenApiResponseObject {
  return { description, content: { 'application/problem+json': { schema: Problem } } };
}

/** A JSON body, for the `content` of a request or an answer. */
export const json = <S extends z.ZodType>(schema: S) => ({ 'application/json': { schema } });

/** For the `security` of an operation. */
export const needs = (scope: string) => [{ apiKey: [] }, { bearer: [scope] }];

/** Of every operation that needs a scope. */
export const refused = {
  401: problemResponse('Credentials are missing'),
  403: problemResponse('The credentials do not allow this'),
};

/** OpenAPI 3.1 out of the zod contracts, with the security schemes that every service has. */
export function createOpenApiDocument(options: {
  title: string;
  description: string;
  version: string;
  paths: ZodOpenApiPathsObject;
}) {
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: { title: options.title, description: options.description, version: options.version },
    // Relative to where the document was fetched from: works below any prefix.
    servers: [{ url: '.' }],
    paths: options.paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  };
  return createDocument(document);
}
