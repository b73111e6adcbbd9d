import { z } from 'zod';
import { common, isBehindCloudFront, type Complain } from './common.ts';

export const CloudFrontGeoTarget = z.strictObject({
  ...common,
  kind: z.literal('cloudfront-geo'),
  /** Its id, or one of its aliases. */
  distribution: z.string().min(1),
});
export type CloudFrontGeoTarget = z.infer<typeof CloudFrontGeoTarget>;

export function checkCloudFrontGeo({ topology }: CloudFrontGeoTarget, complain: Complain): void {
  if (!isBehindCloudFront(topology))
    complain('topology', `in ${topology} there is no CloudFront distribution`);
}
