import { XMLParser } from 'fast-xml-parser';

/** An element as the parser gives it: empty, a text, or its children by name, several of a name as a list. */
export type XmlContent = Record<string, unknown>;

const parser = new XMLParser({ parseTagValue: false, ignoreAttributes: true, removeNSPrefix: true });

/** The content of the root, parsed and as it was written; undefined when it is no such document. */
export function readDocument(text: string, root: string): { content: XmlContent; inner: string } | undefined {
  try {
    const content = (parser.parse(text, true) as XmlContent)[root];
    const inner = new RegExp(`<${root}(?:\\s[^>]*)?>(.*)</${root}>\\s*$`, 's').exec(text)?.[1];
    return isNode(content) && inner !== undefined ? { content, inner } : undefined;
  } catch {
    return undefined;
  }
}

export function nodeOf(parent: XmlContent, name: string): XmlContent | undefined {
  const child = parent[name];
  if (child === '') return {};
  return isNode(child) ? child : undefined;
}

export function textOf(parent: XmlContent, name: string): string | undefined {
  const child = parent[name];
  return typeof child === 'string' ? child : undefined;
}

/** What is in `Items`, whatever the one kind of element in it is called. */
export function itemsOf(list: XmlContent): unknown[] {
  return Object.values(nodeOf(list, 'Items') ?? {}).flat();
}

export function isNode(value: unknown): value is XmlContent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
