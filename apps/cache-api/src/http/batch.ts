import { BatchGetRequest } from '@groundwork/contracts';
import { ProblemError, requestIdFrom, validate } from '@groundwork/service';
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../domain/cache/answer.ts';
import type { Cache } from '../domain/cache/cache.ts';
import { cacheStatus } from './cache-headers.ts';
import type { Shelf } from './catalogue.ts';

const MAX_REQUEST_BYTES = 1_048_576;
const TEXT = /^(text\/|application\/(json|[\w.+-]+\+json))/;

export interface BatchParts {
  cache: Cache;
  shelf: Shelf;
  now: () => number;
}

/** Many at once. JSON that is cached gets into the answer as it is. */
export async function answerBatch(
  req: IncomingMessage,
  res: ServerResponse,
  { cache, shelf, now }: BatchParts,
): Promise<void> {
  const { ids } = validate(BatchGetRequest, parseJson(await readBody(req)), 'body');
  const canonical = ids.map((id) => shelf.idOf(id));
  const answers = await cache.getMany(shelf.collection, canonical);
  const at = now();
  const parts: Uint8Array[] = [Buffer.from('{"items":[')];
  answers.forEach((answer, index) => {
    parts.push(...item(shelf, ids[index]!, answer, at), Buffer.from(index === ids.length - 1 ? '' : ','));
  });
  parts.push(Buffer.from(']}'));
  const body = Buffer.concat(parts);
  res.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestIdFrom(req.headers['x-request-id']),
  });
  res.end(body);
}

function item(shelf: Shelf, id: string, answer: Answer | Error, now: number): Uint8Array[] {
  if (answer instanceof Error) return [Buffer.from(JSON.stringify({ id, status: 503 }))];
  const { entry } = answer;
  const status = entry.isAbsent ? 404 : 200;
  const about = { id, status, cacheStatus: cacheStatus(answer, now) };
  if (entry.isAbsent) return [Buffer.from(JSON.stringify(about))];
  const { etag, contentType } = entry;
  if (!shelf.isJson) {
    return [Buffer.from(JSON.stringify({ ...about, etag, contentType, ...valueOf(entry) }))];
  }
  const head = JSON.stringify({ ...about, etag });
  return [Buffer.from(`${head.slice(0, -1)},"value":`), entry.body, Buffer.from('}')];
}

function valueOf({ body, contentType }: { body: Uint8Array; contentType: string }) {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return TEXT.test(contentType) && isUtf8(bytes)
    ? { text: bytes.toString('utf8') }
    : { base64: bytes.toString('base64') };
}

async function readBody(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) {
      throw new ProblemError('body_too_large', `The body may have at most ${MAX_REQUEST_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new ProblemError('malformed_json', (error as Error).message);
  }
}
