import { Problem } from '@groundwork/contracts';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';

export type { ZodOpenApiPathsObject };

/** A problem answer, for the `responses` of an operation. */
export function problemResponse(description: string): ZodOpenApiResponseObject {
  return { description, content: { 'application/problem+json': { schema: Problem } } };
}

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
