import type { Row } from '../change.ts';

/** What a URL named is no id of the resource. The message is a sentence for whoever asked. */
export class InvalidId extends Error {
  override readonly name = 'InvalidId';
}

/** Types that have one text for one value, and are equal only if their texts are. */
export type KeyType = 'smallint' | 'integer' | 'bigint' | 'text' | 'uuid';

export interface KeyPart {
  name: string;
  type: KeyType;
}

/** What ids are of. */
export interface Keyed {
  name: string;
  key: readonly KeyPart[];
}

export interface Id {
  /** As it stands in a URL: the values percent-encoded, with commas between them. */
  text: string;
  /** Of the cache. */
  cacheKey: string;
  /** In order of the key, as Postgres writes them. */
  values: readonly string[];
}

/** In characters, as it stands in the URL; servers and proxies end lines at 8 KiB. */
const LONGEST_ID = 2_048;

const BITS = { smallint: 16, integer: 32, bigint: 64 } as const;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Key of the cache for these values; undefined: one of them is NULL or not there, and no URL names that row. */
export function keyOf({ name, key }: Keyed, values: Row): string | undefined {
  const parts = key.map((part) => values.get(part.name));
  if (parts.some((part) => part == null)) return undefined;
  return `${name}/${idOf(parts as string[])}`;
}

export function idOf(values: readonly string[]): string {
  return values.map((value) => encodeURIComponent(value.toWellFormed())).join(',');
}

/** Takes the part of the URL as it came, still encoded. Throws InvalidId. */
export function parseId({ name, key }: Keyed, given: string): Id {
  if (given === '') throw new InvalidId(`An id of ${name} is not empty.`);
  if (given.length > LONGEST_ID)
    throw new InvalidId(`An id of ${name} has ${LONGEST_ID} characters at most.`);
  const parts = given.split(',');
  if (parts.length !== key.length) {
    const names = key.map((part) => part.name).join(',');
    throw new InvalidId(
      `An id of ${name} has ${key.length} part${key.length === 1 ? '' : 's'} (${names}), and "${given}" has ${parts.length}; a comma within a part is written %2C.`,
    );
  }
  const values = parts.map((part, at) => parsePart(decode(part), key[at]!));
  const text = idOf(values);
  return { text, cacheKey: `${name}/${text}`, values };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new InvalidId(`"${part}" is not percent-encoded UTF-8.`);
  }
}

function parsePart(value: string, { name, type }: KeyPart): string {
  switch (type) {
    case 'text':
      if (!value.includes('\0')) return value;
      throw new InvalidId(`${name} has a NUL in it, and text in Postgres has none.`);
    case 'uuid': {
      const lower = value.toLowerCase();
      if (UUID.test(lower)) return lower;
      throw new InvalidId(
        `${name} must be a UUID, as 0198c5f2-3b6a-7c1e-9d2f-8a4b5c6d7e8f, and is "${value}".`,
      );
    }
    case 'smallint':
    case 'integer':
    case 'bigint':
      return parseInteger(value, name, type);
  }
}

/** Only as Postgres writes it: two ids of one row would be two entries, and one of them would stay. */
function parseInteger(value: string, name: string, type: keyof typeof BITS): string {
  if (!/^(?:0|-?[1-9]\d*)$/.test(value)) {
    throw new InvalidId(
      `${name} must be a whole number without sign + and leading zeros, and is "${value}".`,
    );
  }
  if (value.length > 20 || BigInt.asIntN(BITS[type], BigInt(value)) !== BigInt(value)) {
    throw new InvalidId(`${name} is beyond the range of ${type}: ${value}.`);
  }
  return value;
}
