import { XMLBuilder, XMLParser } from 'fast-xml-parser';

const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: false });
const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export type XmlNode = { [name: string]: XmlValue | undefined };
type XmlValue = string | number | boolean | XmlNode | (XmlNode | string)[];

/** An S3 answer document. */
export function s3Document(root: string, content: XmlNode): string {
  return document(root, { '@_xmlns': S3_NAMESPACE, ...content });
}

export function document(root: string, content: XmlNode): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${fragment({ [root]: content })}`;
}

/** Elements without a document around them. */
export function fragment(content: XmlNode): string {
  return builder.build(content);
}

const LISTS = new Set([
  'TopicConfiguration',
  'QueueConfiguration',
  'CloudFunctionConfiguration',
  'Event',
  'FilterRule',
  'Object',
  'Part',
]);

const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  ignoreAttributes: true,
  isArray: (name) => LISTS.has(name),
});

/** Parses a request document and returns the content of its root, or undefined if it is not XML. */
export function parseXml(text: string, root: string): Record<string, unknown> | undefined {
  try {
    const parsed = parser.parse(text, true) as Record<string, unknown>;
    const content = parsed[root];
    if (content === '') return {};
    return typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
