import { Readable } from 'node:stream';
import type { BulkResult } from '@groundwork/contracts';
import type { Service } from './service.ts';

/** Lines that go into one write. */
const TOGETHER = 500;

/** Sends lines as one bulk load. */
export async function load(
  service: Service,
  lines: Iterable<string>,
): Promise<BulkResult & { seconds: number }> {
  const began = performance.now();
  const answer = await fetch(`${service.url}/v1/entries/bulk`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: Readable.toWeb(Readable.from(together(lines))) as ReadableStream<Uint8Array>,
    duplex: 'half',
  });
  if (!answer.ok) throw new Error(`the bulk load: ${answer.status} ${await answer.text()}`);
  const result = (await answer.json()) as BulkResult;
  return { ...result, seconds: (performance.now() - began) / 1_000 };
}

export function line(address: string, confidence: number): string {
  return `{"cidr":"${address}","action":"block","reason":"benchmark","source":"feed","confidence":${confidence}}\n`;
}

function* together(lines: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let some: string[] = [];
  for (const one of lines) {
    some.push(one);
    if (some.length < TOGETHER) continue;
    yield encoder.encode(some.join(''));
    some = [];
  }
  yield encoder.encode(some.join(''));
}
