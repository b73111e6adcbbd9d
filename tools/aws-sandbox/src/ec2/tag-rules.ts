import { ec2Error } from './error.ts';
import type { Tag } from './params.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
const [MAX_TAGS, MAX_KEY, MAX_VALUE] = [50, 127, 255];

/** Tags that somebody asked for; those of AWS itself count for nothing. */
export function checkTags(tags: readonly Tag[]): Tag[] {
  for (const { key, value } of tags) {
    if (key === '' || key.length > MAX_KEY)
      throw ec2Error.invalid('tagKey', key, `Expecting 1 to ${MAX_KEY} characters.`);
    if (value.length > MAX_VALUE)
      throw ec2Error.invalid('tagValue', value, `Expecting up to ${MAX_VALUE} characters.`);
    if (key.toLowerCase().startsWith('aws:'))
      throw ec2Error.invalid('tagKey', key, "Tag keys starting with 'aws:' are reserved for internal use");
  }
  return withTags([], tags);
}

/** The later one of a key counts. */
export function withTags(before: readonly Tag[], more: readonly Tag[]): Tag[] {
  const byKey = new Map([...before, ...more].map(({ key, value }) => [key, value]));
  const own = [...byKey.keys()].filter((key) => !key.startsWith('aws:'));
  if (own.length > MAX_TAGS)
    throw ec2Error.limit('TagLimitExceeded', `The maximum number of tags on a resource is ${MAX_TAGS}.`);
  return [...byKey].map(([key, value]) => ({ key, value }));
}
