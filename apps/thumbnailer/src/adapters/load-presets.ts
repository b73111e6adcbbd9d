import { readFile } from 'node:fs/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { DEFAULT_PRESETS, parsePresets } from '../domain/preset-file.ts';
import type { Preset } from '../domain/presets.ts';

/** From wherever they are configured; the built-in ones otherwise. Throws what is wrong with them, and where. */
export async function loadPresets(
  config: { PRESETS?: string | undefined; PRESETS_YAML?: string | undefined },
  s3: S3Client,
): Promise<readonly Preset[]> {
  const { PRESETS: from, PRESETS_YAML: inline } = config;
  if (inline !== undefined) return parsePresets(inline);
  if (from === undefined) return DEFAULT_PRESETS;
  try {
    return parsePresets(from.startsWith('s3://') ? await readObject(s3, from) : await readFile(from, 'utf8'));
  } catch (error) {
    throw new Error(`PRESETS=${from}: ${(error as Error).message}`, { cause: error });
  }
}

async function readObject(s3: S3Client, uri: string): Promise<string> {
  // Not as a URL: in a key ? and # are letters like any other. Percent-escapes are understood.
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) throw new Error('must look like s3://bucket/key');
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: decodeURIComponent(key) }));
  return (await Body?.transformToString()) ?? '';
}
