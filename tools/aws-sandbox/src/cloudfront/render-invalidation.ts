import { fragment } from '../http/xml.ts';
import type { Invalidation } from './invalidations.ts';
import type { Page } from './pages.ts';
import { root } from './render.ts';

export function renderInvalidation({ id, status, created, callerReference, paths }: Invalidation): string {
  return root(
    'Invalidation',
    fragment({
      Id: id,
      Status: status,
      CreateTime: created,
      InvalidationBatch: {
        Paths: { Quantity: paths.length, Items: { Path: paths } },
        CallerReference: callerReference,
      },
    }),
  );
}

export function renderInvalidations({ marker, maxItems, items, truncated }: Page<Invalidation>): string {
  return root(
    'InvalidationList',
    fragment({
      Marker: marker,
      ...(truncated ? { NextMarker: items.at(-1)?.id } : {}),
      MaxItems: maxItems,
      IsTruncated: truncated,
      Quantity: items.length,
      ...(items.length === 0
        ? {}
        : {
            Items: {
              InvalidationSummary: items.map(({ id, created, status }) => ({
                Id: id,
                CreateTime: created,
                Status: status,
              })),
            },
          }),
    }),
  );
}
