import { BatchGetRequest } from '@groundwork/contracts';
import { ProblemError, requestIdFrom, validate } from '@groundwork/service';
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../domain/cache/answer.ts';
import type { Cache } from '../domain/cache/cache.ts';
import { SourceUnavailable } from '../ports/source.ts';
import { StoreUnavailable } from '../ports/store.ts';
import { aboutText } from './cache-headers.ts';
import type { Shelf } from './catalogue.ts';
import type { Scratch } from './scratch.ts';

const MAX_REQUEST_BYTES = 1_048_576;
/** As in the contract. */
const MOST_IDS = 1_000;
const TEXT = /^(text\/|application\/(json|[\w.+-]+\+json))/;

export interface BatchParts {
  cache: Cache;
  shelf: Shelf;
  now: () => number;
  /** For the answer. */
  scratch: Scratch;
  /** What could not be had, and why. */
  onError: (error: Error) => void;
}

/** Many at once. JSON that is cached gets into the answer as it is. */
export async function answerBatch(
  req: IncomingMessage,
  res: ServerResponse,
  { cache, shelf, now, scratch, onError }: BatchParts,
): Promise<void> {
  const ids = idsIn(parseJson(await readBody(req)));
  const answers = await getAll(cache, shelf, ids);
  const failed = answers.find((answer) => answer instanceof Error);
  if (failed !== undefined) onError(failed);
  const body = write(shelf, ids, answers, now(), scratch);
  res.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestIdFrom(req.headers['x-request-id']),
  });
  // A connection that breaks may leave it half-way to the kernel: then it is not used again.
  res.once('finish', () => scratch.giveBack(body));
  res.end(body);
}

/** What is as it should be is seen at a glance; what is not is told in detail. */
function idsIn(body: unknown): readonly string[] {
  const { ids, ...more } = (body ?? {}) as { ids?: unknown };
  const isRight =
    Array.isArray(ids) &&
    ids.length > 0 &&
    ids.length <= MOST_IDS &&
    ids.every((id) => typeof id === 'string' && id !== '') &&
    Object.keys(more).length === 0;
  return isRight ? (ids as string[]) : validate(BatchGetRequest, body, 'body').ids;
}

/** What this process has costs no promise. */
async function getAll(cache: Cache, shelf: Shelf, ids: readonly string[]): Promise<(Answer | Error)[]> {
  const { collection } = shelf;
  // Ids that are cached stand there in the one form that there is of them; keys of values are taken as they are.
  const answers: (Answer | Error | undefined)[] = cache.peekMany(collection, ids);
  const missing = ids.flatMap((_, at) => (answers[at] === undefined ? [at] : []));
  if (missing.length > 0) {
    const canonical = missing.map((at) => shelf.idIn(ids[at]!));
    const loaded = await cache.getMany(collection, canonical);
    missing.forEach((at, index) => {
      answers[at] = loaded[index]!;
    });
  }
  return answers as (Answer | Error)[];
}

function write(
  shelf: Shelf,
  ids: readonly string[],
  answers: readonly (Answer | Error)[],
  now: number,
  scratch: Scratch,
): Buffer {
  const heads: string[] = [];
  const bodies: Uint8Array[] = [];
  let text = '{"items":[';
  for (const [at, answer] of answers.entries()) {
    text +=
      at === 0 ? aboutItem(shelf, ids[at]!, answer, now) : `,${aboutItem(shelf, ids[at]!, answer, now)}`;
    const hasValue = shelf.isJson && !(answer instanceof Error) && !answer.entry.isAbsent;
    if (!hasValue) {
      text += '}';
      continue;
    }
    heads.push(`${text},"value":`);
    bodies.push(answer.entry.body);
    text = '}';
  }
  heads.push(`${text}]}`);
  return join(heads, bodies, scratch);
}

/** As much of its object as comes before the value. */
function aboutItem(shelf: Shelf, id: string, answer: Answer | Error, now: number): string {
  if (answer instanceof Error) return `{"id":${JSON.stringify(id)},"status":${statusOf(answer)}`;
  const { entry } = answer;
  const about = aboutText(id, answer, now);
  if (shelf.isJson || entry.isAbsent) return about;
  const value = JSON.stringify({ contentType: entry.contentType, ...valueOf(entry) });
  return `${about},${value.slice(1, -1)}`;
}

/** The store or the database is away; anything else is a fault of ours. */
function statusOf(error: Error): number {
  return error instanceof SourceUnavailable || error instanceof StoreUnavailable ? 503 : 500;
}

/** A text, a body, a text, …: into one piece of memory, written once. */
function join(texts: readonly string[], bodies: readonly Uint8Array[], scratch: Scratch): Buffer {
  // Nearly always ids, ETags and the like are ASCII, which needs no encoder.
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  const bytes = Buffer.byteLength(texts.join(''));
  const encoding = bytes === length ? 'latin1' : 'utf8';
  const all = scratch.take(bodies.reduce((sum, body) => sum + body.length, bytes));
  let at = 0;
  for (let index = 0; index < texts.length; index += 1) {
    at += all.write(texts[index]!, at, encoding);
    const body = bodies[index];
    if (body !== undefined) {
      all.set(body, at);
      at += body.length;
    }
  }
  return all;
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
