import type { LoggedRequest } from './request.ts';

interface WafRecord {
  timestamp?: unknown;
  action?: unknown;
  responseCodeSent?: unknown;
  httpRequest?: { clientIp?: unknown; httpMethod?: unknown; uri?: unknown };
}

/** One line of a WAF log. Undefined for what is none. https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html */
export function readWafLine(line: string): LoggedRequest | undefined {
  let record: WafRecord;
  try {
    record = (JSON.parse(line) ?? {}) as WafRecord;
  } catch {
    return undefined;
  }
  const { timestamp, action, responseCodeSent, httpRequest } = record;
  const client = httpRequest?.clientIp;
  if (typeof timestamp !== 'number' || typeof client !== 'string') return undefined;
  return {
    log: 'waf',
    at: timestamp,
    client,
    status: typeof responseCodeSent === 'number' ? responseCodeSent : 0,
    method: textOf(httpRequest?.httpMethod),
    path: textOf(httpRequest?.uri),
    action: textOf(action),
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
