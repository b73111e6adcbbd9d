import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { manifestKey } from '../../src/domain/keys.ts';
import type { Sabotage } from './world.ts';

/** The swap overwrites whatever is there. */
export const noFence: Sabotage = (parts, ref) => ({
  ...parts,
  thumbnails: {
    ...parts.thumbnails,
    async swapManifest(manifest) {
      const current = await parts.thumbnails.readManifest(ref);
      return parts.thumbnails.swapManifest(manifest, current?.etag);
    },
  },
});

/** The manifest of a deleted object is removed, and that is all. */
export const noTombstone =
  (s3: S3Client): Sabotage =>
  (parts, ref) => ({
    ...parts,
    thumbnails: {
      ...parts.thumbnails,
      async readManifest() {
        const stored = await parts.thumbnails.readManifest(ref);
        if (stored !== undefined || (await parts.sources.head(ref)) !== undefined) return stored;
        const gone = {
          ...ref,
          state: 'gone' as const,
          revision: 1,
          generation: 0,
          writer: '',
          leftovers: false,
          updatedAt: '',
        };
        return { manifest: gone, revision: 0, generation: 0, etag: '' };
      },
      async swapManifest(manifest, etag) {
        if (manifest.state !== 'gone')
          return parts.thumbnails.swapManifest(manifest, etag === '' ? undefined : etag);
        await s3.send(new DeleteObjectCommand({ Bucket: 'thumbnails', Key: manifestKey(ref) }));
        return true;
      },
    },
  });

/** The images are written after the manifest that names them. */
export const manifestFirst: Sabotage = (parts) => {
  const later: (() => Promise<unknown>)[] = [];
  return {
    ...parts,
    thumbnails: {
      ...parts.thumbnails,
      async putImage(key, rendition, ref) {
        later.push(() => parts.thumbnails.putImage(key, rendition, ref));
        return { etag: rendition.etag, bytes: rendition.bytes.length };
      },
      swapManifest: (manifest, etag) => parts.thumbnails.swapManifest(manifest, etag),
      async readManifest(ref) {
        for (const write of later.splice(0)) await write();
        return parts.thumbnails.readManifest(ref);
      },
    },
  };
};

/** Images are collected without anybody being fenced off first. */
export const noGeneration: Sabotage = (parts) => ({
  ...parts,
  thumbnails: {
    ...parts.thumbnails,
    async swapManifest(manifest, etag) {
      const current = await parts.thumbnails.readManifest(manifest);
      if (manifest.generation > (current?.generation ?? 0)) return true;
      return parts.thumbnails.swapManifest(manifest, etag);
    },
  },
});
