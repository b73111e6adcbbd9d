import { cloudFrontError } from './error.ts';

export interface Page<T> {
  marker: string;
  maxItems: number;
  items: readonly T[];
  /** Whether there are more behind the last one. */
  truncated: boolean;
}

/** Of a list; nobody gets more at once. */
const PAGE = 100;

/** What a list call asks for; the marker is the last id that was given. */
export function pageOf<T>(query: URLSearchParams, behind: (marker: string) => readonly T[]): Page<T> {
  const text = query.get('MaxItems') ?? String(PAGE);
  if (!/^[1-9]\d{0,8}$/.test(text)) throw cloudFrontError.invalid(`MaxItems is a number, not ${text}.`);
  const maxItems = Math.min(Number(text), PAGE);
  const marker = query.get('Marker') ?? '';
  const rest = behind(marker);
  return { marker, maxItems, items: rest.slice(0, maxItems), truncated: rest.length > maxItems };
}
