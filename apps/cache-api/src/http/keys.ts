import { InvalidId } from '../domain/resources/ids.ts';

/** In characters: it also is a part of tags and messages. */
const LONGEST_KEY = 1_024;

/** The key of a value, from the rest of a path, as it stands there. Throws InvalidId. */
export function parseKey(text: string): string {
  return checkKey(text.includes('%') ? decode(text) : text);
}

/** The same of one that is named as it is. */
export function checkKey(key: string): string {
  if (key.length > LONGEST_KEY) throw new InvalidId(`A key has ${LONGEST_KEY} characters at most.`);
  if (key.includes('\0')) throw new InvalidId('A key has no NUL in it.');
  return key;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidId(`"${text}" is not percent-encoded UTF-8.`);
  }
}
