import { createHash } from 'node:crypto';
import { sqsError } from './error.ts';

/** As it stands in requests and answers; binary values are base64. */
export interface AttributeValue {
  DataType: string;
  StringValue?: string;
  BinaryValue?: string;
}
export type Attributes = Record<string, AttributeValue>;

const MAX_ATTRIBUTES = 10;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
// oxlint-disable-next-line no-control-regex -- these are the characters SQS refuses
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

export function checkMessage(body: string, attributes: Attributes, maxBytes: number): void {
  if (body === '') throw sqsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (FORBIDDEN.test(body)) {
    throw sqsError(
      'InvalidMessageContents',
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    );
  }
  if (Object.keys(attributes).length > MAX_ATTRIBUTES) {
    throw sqsError(
      'InvalidParameterValue',
      `Number of message attributes [${Object.keys(attributes).length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`,
    );
  }
  for (const [name, value] of Object.entries(attributes)) checkAttribute(name, value);
  if (sizeOf(body, attributes) > maxBytes) {
    throw sqsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${maxBytes} bytes.`,
    );
  }
}

function checkAttribute(name: string, value: AttributeValue): void {
  if (!/^(String|Number|Binary)(\.|$)/.test(value.DataType ?? '')) {
    throw sqsError(
      'InvalidParameterValue',
      `The message attribute '${name}' has an invalid message attribute type.`,
    );
  }
  const content = value.DataType.startsWith('Binary') ? value.BinaryValue : value.StringValue;
  if (content === undefined || content === '') {
    throw sqsError(
      'InvalidParameterValue',
      `The message attribute '${name}' must contain a non-empty message attribute value.`,
    );
  }
}

/** Body, and every attribute's name, type and value, in bytes. */
export function sizeOf(body: string, attributes: Attributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, value]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(value.DataType) + contentOf(value).length,
    Buffer.byteLength(body),
  );
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation */
export function md5OfAttributes(attributes: Attributes): string | undefined {
  const names = Object.keys(attributes).toSorted();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const value = attributes[name];
    if (value === undefined) continue;
    add(Buffer.from(name));
    add(Buffer.from(value.DataType));
    hash.update(Buffer.of(value.DataType.startsWith('Binary') ? 2 : 1));
    add(contentOf(value));
  }
  return hash.digest('hex');
}

function contentOf(value: AttributeValue): Buffer {
  return value.DataType.startsWith('Binary')
    ? Buffer.from(value.BinaryValue ?? '', 'base64')
    : Buffer.from(value.StringValue ?? '');
}
