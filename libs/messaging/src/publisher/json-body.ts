/**
 * JSON that SQS and SNS take, whatever is in it: they refuse U+FFFE and U+FFFF, which an S3 key
 * may contain. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function jsonBody(value: unknown): string {
  return JSON.stringify(value).replace(/[\ufffe\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
}
