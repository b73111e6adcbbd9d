const object = { size: 1024, sequencer: '0055AED6DCD90281E5' };
const etag = 'd41d8cd98f00b204e9800998ecf8427e';

/** An S3 notification; the key as it stands in the event, that is encoded. */
export function s3Event(encodedKey: string): string {
  const record = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-east-1',
    eventTime: '2026-01-01T00:00:00.000Z',
    eventName: 'ObjectCreated:Put',
    userIdentity: { principalId: 'p' },
    responseElements: { 'x-amz-request-id': 'C3D13FE58DE4C810', 'x-amz-id-2': 'h' },
    s3: {
      s3SchemaVersion: '1.0',
      bucket: { name: 'uploads', arn: 'arn:aws:s3:::uploads' },
      object: { key: encodedKey, eTag: etag, versionId: 'v1', ...object },
    },
  };
  return JSON.stringify({ Records: [record] });
}

export function throughSns(message: string): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: 'arn:aws:sns:us-east-1:123456789012:uploads',
    Subject: 'Amazon S3 Notification',
    Message: message,
    Timestamp: '2026-01-01T00:00:01.000Z',
    SignatureVersion: '1',
    Signature: 's',
  });
}

/** The same by EventBridge, where keys are not encoded. */
export function bridged(detailType: string, key: string, detail: object): string {
  return JSON.stringify({
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': detailType,
    source: 'aws.s3',
    account: '123456789012',
    time: '2026-01-01T00:00:00.000Z',
    region: 'us-east-1',
    resources: ['arn:aws:s3:::uploads'],
    detail: {
      version: '0',
      bucket: { name: 'uploads' },
      object: { key, etag, 'version-id': 'v1', ...object },
      'request-id': 'C3D13FE58DE4C810',
      ...detail,
    },
  });
}
