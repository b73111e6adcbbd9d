/** Of the API; every path begins with it. */
export const CLOUDFRONT_VERSION = '2020-05-31';
export const CLOUDFRONT_NAMESPACE = `http://cloudfront.amazonaws.com/doc/${CLOUDFRONT_VERSION}/`;
