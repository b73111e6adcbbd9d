import { cloudFrontError } from './error.ts';
import { isNode, itemsOf, nodeOf, readDocument, textOf } from './read-xml.ts';

/** What a call asks to be invalidated. */
export interface InvalidationBatch {
  callerReference: string;
  /** As they came: `/images/*`, `#product:1`. */
  paths: string[];
}

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html */
const LONGEST_PATH = 4_000;
/** Without its `#`. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-tags.html */
const LONGEST_TAG = 256;
/** More than may ever be in progress. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html */
const MOST_PATHS = 3_000;

/** A `*` in the middle is none; it may stand at the end only. Anything else than ASCII comes percent-encoded. */
const PATH = /^\/[!-)+-~]*\*?$/;
/**
 * Visible ASCII without commas. The documentation says that there is no wildcard, but not whether `*` is then
 * a character as any other: refused here, so that nobody relies on it.
 */
const TAG = /^#[!-)+\--~]+$/;

export const isTag = (path: string): boolean => path.startsWith('#');
export const isWildcard = (path: string): boolean => path.endsWith('*');

/** Checks an `InvalidationBatch` document. Throws what CloudFront would refuse it with. */
export function parseInvalidationBatch(text: string): InvalidationBatch {
  if (text.trim() === '') throw cloudFrontError.bodyMissing();
  const content = readDocument(text, 'InvalidationBatch')?.content;
  if (content === undefined) throw cloudFrontError.malformed('Could not parse XML');
  const callerReference = textOf(content, 'CallerReference') ?? '';
  if (callerReference === '') throw cloudFrontError.invalid('The parameter CallerReference is required.');
  const list = nodeOf(content, 'Paths');
  if (list === undefined) throw cloudFrontError.invalid('The parameter Paths is required.');
  const paths = itemsOf(list).map((item) => (isNode(item) ? '' : String(item)));
  if (textOf(list, 'Quantity') !== String(paths.length)) throw cloudFrontError.quantity('Paths');
  if (paths.length === 0) throw cloudFrontError.invalid('Your request contains no invalidation paths.');
  if (paths.length > MOST_PATHS) throw cloudFrontError.batchTooLarge();
  const wrong = paths.find((path) => !isPath(path));
  if (wrong !== undefined) throw cloudFrontError.invalidPath(wrong);
  return { callerReference, paths };
}

function isPath(path: string): boolean {
  return isTag(path)
    ? TAG.test(path) && path.length <= LONGEST_TAG + 1
    : PATH.test(path) && path.length <= LONGEST_PATH;
}
