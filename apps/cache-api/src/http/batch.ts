import { BatchGetRequest } from '@groundwork/contracts';
import { ProblemError, requestIdFrom, validate } from '@groundwork/service';
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../domain/cache/answer.ts';
import type { Cache } from '../domain/cache/cache.ts';
import { statusText } from './cache-headers.ts';
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
  const answers = await getAll(cache, shelf, ids);
  const body = write(shelf, ids, answers, now());
  res.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestIdFrom(req.headers['x-request-id']),
  });
  res.end(body);
}

/** What this process has costs no promise. */
async function getAll(cache: Cache, shelf: Shelf, ids: readonly string[]): Promise<(Answer | Error)[]> {
  const { collection } = shelf;
  // Ids that are cached stand there in the one form that there is of them; keys of values are taken as they are.
  const answers: (Answer | Error | undefined)[] = ids.map((id) => cache.peek(collection, id));
  const missing = ids.flatMap((_, at) => (answers[at] === undefined ? [at] : []));
  if (missing.length > 0) {
    const canonical = missing.map((at) => (shelf.isJson ? shelf.idOf(ids[at]!) : ids[at]!));
    const loaded = await cache.getMany(collection, canonical);
    missing.forEach((at, index) => {
      answers[at] = loaded[index]!;
    });
  }
  return answers as (Answer | Error)[];
}

/** Around a body, in bytes: id, status, ETag and Cache-Status, with room to spare. */
const AROUND_BYTES = 400;

function write(
  shelf: Shelf,
  ids: readonly string[],
  answers: readonly (Answer | Error)[],
  now: number,
): Buffer {
  const parts: (string | Uint8Array)[] = ['{"items":['];
  let most = 100;
  answers.forEach((answer, at) => {
    const id = JSON.stringify(ids[at]);
    most += AROUND_BYTES + 6 * id.length;
    parts.push(at === 0 ? '{"id":' : ',{"id":', id);
    if (answer instanceof Error) {
      parts.push(',"status":503}');
      return;
    }
    const { entry } = answer;
    const said = `,"cacheStatus":${statusText(answer, now)}`;
    if (entry.isAbsent) {
      parts.push(',"status":404', said, '}');
    } else if (shelf.isJson) {
      most += entry.body.length;
      parts.push(',"status":200', said, ',"etag":', JSON.stringify(entry.etag), ',"value":', entry.body, '}');
    } else {
      const value = JSON.stringify({ etag: entry.etag, contentType: entry.contentType, ...valueOf(entry) });
      most += 3 * value.length;
      parts.push(',"status":200', said, ',', value.slice(1));
    }
  });
  parts.push(']}');
  return join(parts, most);
}

/** Into one piece of memory, written once. */
function join(parts: readonly (string | Uint8Array)[], most: number): Buffer {
  const all = Buffer.allocUnsafe(most);
  let at = 0;
  for (const part of parts) {
    if (typeof part === 'string') at += all.write(part, at);
    else {
      all.set(part, at);
      at += part.length;
    }
  }
  return all.subarray(0, at);
}

function valueOf({ body, contentType }: { body: Uint8Array; contentType: string }) {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return TEXT.test(contentType) && isUtf8(bytes)
    ? { text: bytes.toString('utf8') }
    : { base64: bytes.toString('base64') };
}

function readBody(req: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  req.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_REQUEST_BYTES) chunks.push(chunk);
    else reject(new ProblemError('body_too_large', `The body may have at most ${MAX_REQUEST_BYTES} bytes.`));
  });
  req.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
  req.on('error', reject);
  return promise;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new ProblemError('malformed_json', (error as Error).message);
  }
}
