import { AwsError } from '../../http/aws-error.ts';
import { parseXml } from '../../http/xml.ts';
import { readText, xmlReply, type S3Operation } from '../request.ts';

export const listBuckets: S3Operation = ({ store }) =>
  xmlReply('ListAllMyBucketsResult', {
    Owner: { ID: 'sandbox', DisplayName: 'sandbox' },
    Buckets: { Bucket: store.buckets().map(({ name, created }) => ({ Name: name, CreationDate: created })) },
  });

export const createBucket: S3Operation = ({ store, bucket }) => {
  store.createBucket(bucket);
  return { status: 200, headers: { location: `/${bucket}` } };
};

export const deleteBucket: S3Operation = ({ store, bucket }) => {
  store.deleteBucket(bucket);
  return { status: 204 };
};

export const headBucket: S3Operation = ({ store, bucket }) => {
  store.bucket(bucket);
  return { status: 200, headers: { 'x-amz-bucket-region': 'us-east-1' } };
};

export const getBucketLocation: S3Operation = ({ store, bucket }) => {
  store.bucket(bucket);
  return xmlReply('LocationConstraint', {});
};

export const getBucketVersioning: S3Operation = ({ store, bucket }) => {
  const { versioning } = store.bucket(bucket);
  return xmlReply('VersioningConfiguration', versioning === '' ? {} : { Status: versioning });
};

export const putBucketVersioning: S3Operation = async (request) => {
  request.store.bucket(request.bucket);
  const status = parseXml(await readText(request), 'VersioningConfiguration')?.['Status'];
  if (status !== 'Enabled' && status !== 'Suspended') {
    throw new AwsError(
      400,
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  }
  request.store.setVersioning(request.bucket, status);
  return { status: 200 };
};
