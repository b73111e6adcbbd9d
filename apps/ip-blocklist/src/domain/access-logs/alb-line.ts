import type { LoggedRequest } from './request.ts';

/** Fields before the first that is quoted: type, time, elb, client:port, target:port, three times, two statuses, two sizes. */
const PLAIN = 12;
const [TIME, CLIENT, STATUS] = [1, 3, 8];

/**
 * One line of an ALB's access log. Undefined for what is none.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#access-log-entry-format
 */
export function readAlbLine(line: string): LoggedRequest | undefined {
  let from = 0;
  let [time, client, status] = ['', '', ''];
  for (let field = 0; field < PLAIN; field += 1) {
    const to = line.indexOf(' ', from);
    if (to < 0) return undefined;
    if (field === TIME) time = line.slice(from, to);
    else if (field === CLIENT) client = line.slice(from, to);
    else if (field === STATUS) status = line.slice(from, to);
    from = to + 1;
  }
  const at = Date.parse(time);
  const port = client.lastIndexOf(':');
  if (Number.isNaN(at) || port < 0) return undefined;
  return {
    log: 'alb',
    at,
    client: client.slice(0, port).replace(/^\[|\]$/g, ''),
    status: Number(status) || 0,
    action: '',
    ...requestOf(line, from),
  };
}

/** `"GET https://example.com:443/login?next=/ HTTP/1.1"`; a request that was malformed is `"- http://…- -"`. */
function requestOf(line: string, from: number): { method: string; path: string } {
  const url = line.indexOf(' ', from);
  const host = line.indexOf('://', url);
  const end = line.indexOf('"', from + 1);
  if (line[from] !== '"' || url < 0 || host < 0 || host > end) return { method: '', path: '' };
  const path = line.indexOf('/', host + 3);
  const last = Math.min(...[' ', '?', '"'].map((stop) => indexOrEnd(line, stop, host + 3)));
  return {
    method: line.slice(from + 1, url),
    path: path < 0 || path > last ? '/' : line.slice(path, last),
  };
}

function indexOrEnd(line: string, text: string, from: number): number {
  const found = line.indexOf(text, from);
  return found < 0 ? line.length : found;
}
