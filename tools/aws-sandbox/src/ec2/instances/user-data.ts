import { AwsError } from '../../http/aws-error.ts';

/** "User data is limited to 16 KB, in raw form, before it is base64-encoded." */
const MAX_BYTES = 16_384;

/** Base64, as it came. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html */
export function checkUserData(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const isBase64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text);
  if (!isBase64 || text.replaceAll(/\s/g, '').length % 4 !== 0)
    throw new AwsError(400, 'InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  if (Buffer.from(text, 'base64').length > MAX_BYTES)
    throw new AwsError(400, 'InvalidParameterValue', 'User data is limited to 16384 bytes');
  return text;
}
