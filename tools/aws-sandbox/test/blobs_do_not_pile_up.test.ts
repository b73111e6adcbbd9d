import { request } from 'node:http';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { eventually } from '@groundwork/service/testing';
import { expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blobs, createBucket, start } from './sandbox.ts';

const MIB = 1024 * 1024;
const CHUNKED = { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': String(4 * MIB) };

async function prepared() {
  const running = await start();
  await createBucket(running, 'things');
  return running;
}

it.each([
  ['plain', { 'content-length': String(4 * MIB) }, Buffer.alloc(MIB)],
  ['aws-chunked', CHUNKED, Buffer.concat([Buffer.from('400000\r\n'), Buffer.alloc(MIB)])],
])('leaves nothing of a %s upload whose client leaves in the middle', async (_how, headers, beginning) => {
  const running = await prepared();
  const put = request(`${running.endpoint}/things/half`, { method: 'PUT', agent: false, headers });
  put.once('error', () => undefined).write(beginning);
  await eventually(() => blobs(running.dir).length === 1);
  put.destroy();
  await eventually(() => blobs(running.dir).length === 0);
  expect((await fetch(`${running.endpoint}/things/half`)).status).toBe(404);
});

it.each([
  ['plain', { 'content-length': String(4 * MIB) }],
  ['aws-chunked', CHUNKED],
])('leaves nothing of a %s upload whose client left while the sandbox was slow', async (_how, headers) => {
  const running = await prepared();
  running.faults.add({ kind: 'latency', operation: 's3:PutObject', latencyMs: 200, times: 1 });
  const put = request(`${running.endpoint}/things/half`, { method: 'PUT', agent: false, headers });
  put.once('error', () => undefined).write('400000\r\n');
  await eventually(() => running.faults.list()[0]?.struck === 1);
  put.destroy();
  const later = new PutObjectCommand({ Bucket: 'things', Key: 'whole', Body: 'x' });
  running.faults.add({ kind: 'latency', operation: 's3:PutObject', latencyMs: 400, times: 1 });
  await running.s3.send(later); // by then the first has gone on
  expect(blobs(running.dir)).toHaveLength(1);
});

it.each([
  ['Content-MD5', { 'content-md5': Buffer.alloc(16).toString('base64') }, 'BadDigest'],
  ['checksum', { 'x-amz-checksum-crc32': 'AAAAAA==' }, 'BadDigest'],
  [
    'trailing checksum that never comes',
    { ...CHUNKED, 'x-amz-decoded-content-length': '5', 'x-amz-trailer': 'x-amz-checksum-crc32' },
    'MalformedTrailerError',
  ],
  [
    'announced length',
    { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': '6' },
    'IncompleteBody',
  ],
])('leaves nothing of an upload with a wrong %s', async (_what, headers, code) => {
  const running = await prepared();
  const body = 'content-encoding' in headers ? '5\r\nhello\r\n0\r\n\r\n' : 'hello';
  const answer = await fetch(`${running.endpoint}/things/x`, {
    method: 'PUT',
    headers: headers as Record<string, string>,
    body,
  });
  expect([answer.status, /<Code>(\w+)</.exec(await answer.text())?.[1]]).toEqual([400, code]);
  expect(blobs(running.dir)).toEqual([]);
});

it('keeps one file per object: not of what was overwritten, deleted, aborted or put together', async () => {
  const running = await prepared();
  const { s3, dir } = running;
  const Bucket = 'things';
  for (const Body of ['one', 'two']) await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body }));
  expect(blobs(dir)).toHaveLength(1);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  expect(blobs(dir)).toEqual([]);

  for (const finish of ['abort', 'complete']) {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big' }));
    const part = { Bucket, Key: 'big', UploadId, PartNumber: 1 };
    await s3.send(new UploadPartCommand({ ...part, Body: 'replaced' }));
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: 'kept' }));
    expect(blobs(dir)).toHaveLength(1);
    if (finish === 'abort') await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'big', UploadId }));
    else {
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'big', UploadId, MultipartUpload }));
    }
    expect(blobs(dir)).toHaveLength(finish === 'abort' ? 0 : 1);
  }
});

it('sweeps away at its start what a crash has left behind', async () => {
  const before = await prepared();
  await before.s3.send(new PutObjectCommand({ Bucket: 'things', Key: 'a', Body: 'x' }));
  const kept = blobs(before.dir);
  await before.stop();
  writeFileSync(join(before.dir, 'blobs', 'half-an-upload'), 'x');
  const after = await start(before.dir);
  expect(blobs(after.dir)).toEqual(kept);
});
