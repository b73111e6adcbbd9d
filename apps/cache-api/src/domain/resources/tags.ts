import type { Row } from '../change.ts';

/** Surrogate keys are sent in headers, where many proxies end long ones. */
export const LONGEST_TAG = 256;
export const MOST_TAGS = 50;

/** `category:{category}`: text, and columns or parameters by name. */
export interface TagTemplate {
  text: string;
  parts: readonly (string | { column: string })[];
}

/** What separates tags in headers, or would look like a part of a template. */
const NOT_IN_A_TAG = /[^!-~]|[,#{}]/;

/** Throws an Error that says what is wrong with it. */
export function parseTag(text: string): TagTemplate {
  const pieces = text.split(/\{([^{}]*)\}/);
  const parts = pieces.map((piece, at) => (at % 2 === 0 ? fixedPart(piece) : { column: columnName(piece) }));
  if (text === '') throw new Error('is empty: take it out');
  if (text.length > LONGEST_TAG) throw new Error(`is longer than ${LONGEST_TAG} characters: shorten it`);
  return { text, parts: parts.filter((part) => part !== '') };
}

function fixedPart(piece: string): string {
  const wrong = NOT_IN_A_TAG.exec(piece)?.[0];
  if (wrong === undefined) return piece;
  if (wrong === '{' || wrong === '}') {
    throw new Error('has a brace without its other one: columns are written as {column}');
  }
  throw new Error(
    `has ${JSON.stringify(wrong)} in it, and tags are printable ASCII without spaces, commas and #`,
  );
}

function columnName(piece: string): string {
  if (piece === '') throw new Error('has {} without a name: columns are written as {column}');
  return piece;
}

export function columnsOf({ parts }: TagTemplate): string[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [] : [part.column]));
}

/**
 * The tags that follow from the values, which are percent-encoded. There is none where a value is NULL or not
 * known, nor where it gets longer than a tag may be: nobody could name that one to invalidate it.
 */
export function tagsOf(templates: readonly TagTemplate[], values: Row): string[] {
  return templates.flatMap(({ parts }) => {
    const texts = parts.map((part) => (typeof part === 'string' ? part : encoded(values.get(part.column))));
    if (texts.includes(undefined)) return [];
    const tag = texts.join('');
    return tag.length > 0 && tag.length <= LONGEST_TAG ? [tag] : [];
  });
}

function encoded(value: string | null | undefined): string | undefined {
  return value == null ? undefined : encodeURIComponent(value.toWellFormed());
}

/** Whether a tag that a client names is one. */
export function fitsTag(tag: string): boolean {
  return tag.length > 0 && tag.length <= LONGEST_TAG && !NOT_IN_A_TAG.test(tag);
}
