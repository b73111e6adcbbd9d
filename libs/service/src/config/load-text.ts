import { readFile } from 'node:fs/promises';
import { createAwsClient, type AwsSettings } from '../aws-clients.ts';

/** A setting that is a text: inline, or where it is, a path or `s3://bucket/key`. */
export interface TextSetting {
  /** Name of the setting that says where, for errors. */
  name: string;
  from: string | undefined;
  inline: string | undefined;
}

/** Reads and parses it; undefined when it is not set at all. Throws an Error that names the setting and what is wrong. */
export async function loadText<T>(
  { name, from, inline }: TextSetting,
  aws: AwsSettings,
  parse: (text: string) => T,
): Promise<T | undefined> {
  if (inline !== undefined) return parse(inline);
  if (from === undefined) return undefined;
  try {
    return parse(from.startsWith('s3://') ? await readObject(from, aws) : await readFile(from, 'utf8'));
  } catch (error) {
    throw new Error(`${name}=${from}: ${(error as Error).message}`, { cause: error });
  }
}

async function readObject(uri: string, aws: AwsSettings): Promise<string> {
  // Not as a URL: in a key ? and # are letters like any other. Percent-escapes are understood.
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) throw new Error('must look like s3://bucket/key');
  // Only who keeps a setting there pays for the client.
  const { GetObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
  const s3 = createAwsClient(S3Client, aws);
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: decodeURIComponent(key) }));
    return (await Body?.transformToString()) ?? '';
  } finally {
    s3.destroy();
  }
}
