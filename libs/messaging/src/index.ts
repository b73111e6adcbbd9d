export * from './message.ts';
export { Consumer, type ConsumerOptions } from './consumer/consumer.ts';
export { deadLetterQueueOf } from './consumer/dead-letters.ts';
export type { Backoff } from './consumer/backoff.ts';
export type { ObjectChange } from './envelopes/object-change.ts';
export { parseObjectChanges } from './envelopes/parse.ts';
export type { OutgoingMessage } from './publisher/batcher.ts';
export { jsonBody } from './publisher/json-body.ts';
export { createQueuePublisher, createTopicPublisher, type Publisher } from './publisher/publisher.ts';
