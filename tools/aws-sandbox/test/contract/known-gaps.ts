import type { TargetName } from './targets.ts';

/**
 * Where a target is known to differ from AWS: title of the test, reason. A listed test has to fail:
 * when an emulator mends a gap, its line here has to go.
 */
export const knownGaps: Readonly<Record<TargetName, Readonly<Record<string, string>>>> = {
  sandbox: {},
  moto: {
    'user metadata above 2 KB is refused': 'the size of metadata is not limited',
    'a key of 1,025 bytes is refused': 'the length of keys is not limited',
    'an expired presigned GET is refused': 'presigned URLs are not verified',
    'an expired presigned PUT is refused and stores nothing': 'presigned URLs are not verified',
    'a presigned URL is good for its own key and method only': 'presigned URLs are not verified',
    'a body that does not have the announced CRC32 is refused':
      'checksums are stored, not verified',
    'a body that does not have the announced CRC32C is refused':
      'checksums are stored, not verified',
    'a body that does not have the announced CRC64NVME is refused':
      'checksums are stored, not verified',
    'a body that does not have the announced SHA1 is refused': 'checksums are stored, not verified',
    'a body that does not have the announced SHA256 is refused':
      'checksums are stored, not verified',
    'a stream whose trailing checksum is wrong is refused': 'checksums are stored, not verified',
    'a body that does not have the announced MD5 is refused': 'Content-MD5 is ignored',
    'an announced MD5 that is none is refused': 'Content-MD5 is ignored',
    'a copy with a source If-Match is made only of the object that was read':
      'knows only the source If-None-Match',
    'a copy with If-None-Match: * never replaces an object':
      'conditions on the destination of a copy are ignored',
    'an ETag condition outweighs a date condition':
      'If-Unmodified-Since is applied although If-Match is true',
    'a continuation token nobody gave is refused': 'answers 500',
    'the older listing with a delimiter names the next marker':
      'common prefixes do not count as entries of a page',
    'a 404 tells when a delete marker is the reason': 'x-amz-delete-marker is missing',
    'a delete marker itself cannot be read': 'answers 404 instead of 405',
    'deleting a delete marker says that it was one': 'x-amz-delete-marker is missing',
    'deleting a key that never was makes a delete marker too': 'makes none',
    'a key marker alone begins after all versions of that key': 'begins with that key',
    'while suspended a PUT replaces version null and keeps the others': 'drops all versions',
    'while suspended a DELETE replaces version null by a null delete marker':
      'drops all versions and makes no delete marker',
    'parts named in the wrong order are refused': 'accepted',
    'an aborted upload cannot be completed': 'answers 500',
    'an aborted upload takes no more parts and lists none': 'answers 500',
    'a queue that does not exist is refused': 'destinations are not validated',
    'a FIFO queue is refused': 'destinations are not validated',
    'a FIFO topic is refused': 'destinations are not validated',
    'two configurations for the same event and key are refused': 'overlaps are not detected',
    'slashes of a key are not encoded in an event': 'a slash becomes %2F',
    'sequencers order the events of a key': 'events have no sequencer',
    'an event names the version in a versioned bucket': 'events have no versionId',
    'a multipart upload is told once, when it is complete': 'told as ObjectCreated:Put',
    'a new delete marker is told as such, with its version': 'delete markers are not told',
    'the delete of a version is told as ObjectRemoved:Delete, with that version':
      'events have no versionId',
    'the detail of a PUT tells its ETag and reason': 'eTag instead of etag, and other reasons',
    'the detail names the version in a versioned bucket only': 'always has a version-id',
    'the detail has a sequencer that differs from event to event': 'always the same sequencer',
    'a delete is Object Deleted, permanently': 'has no deletion-type, and other reasons',
    'a new delete marker is Object Deleted, with its version': 'delete markers are not told',
    'an attribute out of range is refused': 'attributes are not validated',
    'a dead letter says which queue it comes from': 'DeadLetterQueueSourceArn is missing',
    'sequence numbers of a group grow': 'sequence numbers are random',
    'a deduplication id is remembered after the message was deleted': 'forgotten with the message',
    'content-based deduplication of a topic needs none of the queue':
      'the topic passes on no deduplication id',
  },
  ministack: {
    'user metadata above 2 KB is refused': 'the size of metadata is not limited',
    'a key of 1,025 bytes is refused': 'the length of keys is not limited',
    'a HEAD with a range tells what a GET would send': 'a range is ignored by HEAD',
    'a copy of an object onto itself that changes nothing is refused': 'accepted',
    'the checksum the SDK sends by itself is kept with the object':
      'checksums sent as headers are ignored',
    'a CRC32 checksum is kept and given back': 'checksums sent as headers are ignored',
    'a body that does not have the announced CRC32 is refused':
      'checksums sent as headers are ignored',
    'a CRC32C checksum is kept and given back': 'checksums sent as headers are ignored',
    'a body that does not have the announced CRC32C is refused':
      'checksums sent as headers are ignored',
    'a CRC64NVME checksum is kept and given back': 'checksums sent as headers are ignored',
    'a body that does not have the announced CRC64NVME is refused':
      'checksums sent as headers are ignored',
    'a SHA1 checksum is kept and given back': 'checksums sent as headers are ignored',
    'a body that does not have the announced SHA1 is refused':
      'checksums sent as headers are ignored',
    'a SHA256 checksum is kept and given back': 'checksums sent as headers are ignored',
    'a body that does not have the announced SHA256 is refused':
      'checksums sent as headers are ignored',
    'a copy with If-None-Match: * never replaces an object':
      'conditions on the destination of a copy are ignored',
    'a continuation token nobody gave is refused': 'any token is accepted',
    'a part under 5 MiB that is not the last is refused on completion':
      'the size of parts is not checked',
    'parts named in the wrong order are refused': 'accepted',
    'a FIFO queue is refused': 'accepted',
    'a FIFO topic is refused': 'accepted',
    'an event that does not exist is refused': 'accepted',
    'two configurations for the same event and key are refused': 'overlaps are not detected',
    'the detail names the version in a versioned bucket only': 'the detail has no version-id',
    'a new delete marker is Object Deleted, with its version': 'the detail has no version-id',
    'a visibility of more than twelve hours is refused': 'accepted',
  },
};
