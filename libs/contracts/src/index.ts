export * from './problem.ts';
export * from './events/s3.ts';
export * from './events/sns.ts';
export * from './events/eventbridge.ts';
export * from './thumbnailer.ts';
export * from './blocklist.ts';
