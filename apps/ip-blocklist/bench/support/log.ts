import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import type { Entry } from '@groundwork/contracts';
import type { TestPostgres } from '@groundwork/database/testing';
import { eventually } from '@groundwork/service/testing';
import { openAccount } from './account.ts';
import { atMost, exactly, only, type Figure } from './figure.ts';
import { startService } from './service.ts';

/** At most in one gzip member; the log is that member again and again, as gzip allows. RFC 1952, section 2.2 */
const MOST_LINES = 200_000;
/** Compressed, about. */
const BYTES_PER_LINE = 43;
const QUEUE = 'logs';
const BUCKET = 'access-logs';
/** Whoever fails so often in one window is blocked; these do, and nobody else. */
const ATTACKERS = 50;
/** One line in so many is one of theirs. */
const SHARE = 20;
const rulesWith = (threshold: number): string =>
  `rules: [{ name: logins, log: alb, match: { status: [401] }, threshold: ${threshold}, windowSeconds: 86400, ttlSeconds: 3600 }]`;

/** One very large access log of an ALB, compressed, from S3's news of it to the blocks. `bytes`: compressed, at least. */
export async function log(
  bytes: number,
  postgres: TestPostgres,
  dir: string,
  progress: (text: string) => void,
): Promise<Figure[]> {
  const account = await openAccount(join(dir, 'log'), [QUEUE], BUCKET);
  progress('writing an access log');
  const lines = Math.max(5_000, Math.min(MOST_LINES, Math.floor(bytes / BYTES_PER_LINE / 4)));
  const text = Array.from({ length: lines }, (_, i) => lineOf(i)).join('\n') + '\n';
  const member = gzipSync(text, { level: 6 });
  const members = Math.max(2, Math.ceil(bytes / member.length));
  // Reached by each of them in the second half of the log.
  const threshold = Math.ceil((lines * members) / SHARE / ATTACKERS / 2) + 1;
  const service = await startService({
    DATABASE_URL: await postgres.createDatabase(),
    AWS_ENDPOINT_URL: account.endpoint,
    LOGS_QUEUE_URL: `${account.endpoint}/000000000000/${QUEUE}`,
    LOG_RULES_YAML: rulesWith(threshold),
  });
  try {
    const [cpu, start] = [service.cpuSeconds(), service.peakMb()];
    progress(`uploading ${Math.round((member.length * members) / 1e6)} MB, ${lines * members} lines`);
    await upload(`${account.endpoint}/${BUCKET}/alb.log.gz`, member, members);
    const began = performance.now();
    progress('waiting until it is read');
    const blocked = async (): Promise<number> =>
      (await service.get<{ items: Entry[] }>('/v1/entries?limit=1000')).items.length;
    // The first is what S3 sends when it is told to tell.
    const isRead = async (): Promise<boolean> =>
      /^queue_messages_total\{.*outcome="done".*\} 2$/m.test(await service.metrics());
    await eventually(isRead, { withinMs: 900_000, everyMs: 500, what: 'the end of the log' });
    const seconds = (performance.now() - began) / 1_000;
    return [
      exactly('clients blocked', await blocked(), ATTACKERS),
      only('MB, compressed', (member.length * members) / 1e6),
      only('MB, plain', (text.length * members) / 1e6),
      only('lines', lines * members),
      only('seconds', seconds),
      only('lines a second', (lines * members) / seconds),
      only('CPU seconds of the service', service.cpuSeconds() - cpu),
      atMost(`peak of its memory (${start.toFixed(0)} MB at the start)`, service.peakMb(), 450, ' MB'),
    ];
  } finally {
    await service.stop();
    await account.stop();
  }
}

function lineOf(i: number): string {
  const isAttack = i % SHARE === 0;
  const who = isAttack
    ? `21.0.0.${(i / SHARE) % ATTACKERS}`
    : `20.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
  const noise = (Math.imul(i + 1, 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
  const trace = `Root=1-${noise}-${(Math.imul(i + 7, 40_503) >>> 0).toString(16).padStart(24, noise)}`;
  return `h2 2026-11-23T10:00:00.${String(i % 1_000).padStart(3, '0')}456Z app/web/0123456789abcdef ${who}:${1_024 + (i % 60_000)} 10.0.${i & 255}.1:80 0.000 0.${i % 997} 0.000 ${isAttack ? 401 : 200} ${isAttack ? 401 : 200} ${i % 4_001} ${i % 65_521} "GET https://www.example.com:443/products/${noise} HTTP/2.0" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef "${trace}" "www.example.com" "session-reused" 1 2026-11-23T10:00:00.000000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_${trace.slice(7)}`;
}

async function upload(url: string, member: Buffer, members: number): Promise<void> {
  const sent = request(url, {
    method: 'PUT',
    headers: { 'content-length': member.length * members, 'content-type': 'application/gzip' },
  });
  const answered = new Promise<void>((resolve, reject) => {
    sent.on('error', reject).on('response', (answer) => {
      answer.resume();
      if (answer.statusCode === 200) resolve();
      else reject(new Error(`the upload was answered with ${answer.statusCode}`));
    });
  });
  function* pieces(): Generator<Buffer> {
    for (let i = 0; i < members; i += 1) yield member;
  }
  await pipeline(Readable.from(pieces()), sent);
  await answered;
}
