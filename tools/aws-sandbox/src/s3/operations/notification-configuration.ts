import { readText, xmlReply, type S3Operation } from '../request.ts';
import {
  NO_NOTIFICATIONS,
  parseConfiguration,
  renderConfiguration,
  type NotificationConfiguration,
} from '../notifications/configuration.ts';

export const getBucketNotificationConfiguration: S3Operation = ({ store, bucket }) => {
  const stored = JSON.parse(store.bucket(bucket).notifications) as Partial<NotificationConfiguration>;
  return xmlReply('NotificationConfiguration', renderConfiguration({ ...NO_NOTIFICATIONS, ...stored }));
};

export const putBucketNotificationConfiguration: S3Operation = async (request) => {
  request.store.bucket(request.bucket);
  const configuration = parseConfiguration(await readText(request));
  request.notifier.announce(request, configuration);
  request.store.setNotifications(request.bucket, JSON.stringify(configuration));
  return { status: 200 };
};
