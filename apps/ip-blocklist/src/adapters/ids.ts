import { randomUUID } from 'node:crypto';

/**
 * A UUID of version 7: it begins with the time in ms, so that new ones come last in an index.
 * With random ones each new entry touches another page. RFC 9562, section 5.7
 */
export function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
