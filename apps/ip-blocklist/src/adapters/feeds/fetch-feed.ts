import { S3Client } from '@aws-sdk/client-s3';
import { createAwsClient, type AwsSettings } from '@groundwork/service';
import type { FetchFeed } from '../../ports/feeds.ts';
import { fetchFile } from './fetch-file.ts';
import { fetchObject } from './fetch-s3.ts';
import { fetchUrl } from './fetch-url.ts';
import { createReach } from './public-addresses.ts';
import { resolveBySystem, type Resolve } from './safe-request.ts';

export interface FetchFeedOptions {
  aws: AwsSettings;
  /** Networks that are not public and may be asked all the same. */
  allowPrivate: readonly string[];
  /** Another one in tests. */
  resolve?: Resolve | undefined;
}

/** Gets a feed from wherever it comes. */
export function createFetchFeed({ aws, allowPrivate, resolve }: FetchFeedOptions): FetchFeed {
  const parts = { reach: createReach(allowPrivate), resolve: resolve ?? resolveBySystem };
  let s3: S3Client | undefined;
  return ({ url, s3: object, file, limits }, known, signal) => {
    if (url !== undefined) return fetchUrl(parts, url, known, limits, signal);
    if (file !== undefined) return fetchFile(file, known, limits.maxBytes, signal);
    s3 ??= createAwsClient(S3Client, aws);
    return fetchObject(s3, object ?? '', known, limits, signal);
  };
}
