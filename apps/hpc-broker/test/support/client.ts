import { eventually } from '@groundwork/service/testing';

const JSON_TYPE = 'application/json';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests ask for what they expect, and fail where it is not
  json: any;
}

/** Asks a broker as curl would. */
export function clientOf(url: string) {
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> => {
    const type = typeof body === 'string' || body === undefined ? {} : { 'content-type': JSON_TYPE };
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...type, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : {} };
  };
  const get = (path: string, headers?: Record<string, string>) => send('GET', path, undefined, headers);
  return {
    get,
    post: (path: string, body?: unknown, headers?: Record<string, string>) =>
      send('POST', path, body, headers),
    /** Its id. */
    submit: async (job: object): Promise<string> => {
      const reply = await send('POST', '/v1/jobs', job);
      if (reply.status !== 201) throw new Error(reply.text);
      return reply.json.id as string;
    },
    /** Until it is in that state; what is then told of it. */
    until: (id: string, state: string) =>
      eventually(
        async () => {
          const { json } = await get(`/v1/jobs/${id}`);
          return json.state === state ? json : undefined;
        },
        { withinMs: 20_000, everyMs: 50, what: `${id} is ${state}` },
      ),
    /** Server-sent events, as they come. */
    events: (path: string, headers?: Record<string, string>) => eventsOf(`${url}${path}`, headers),
  };
}
export type Client = ReturnType<typeof clientOf>;

async function* eventsOf(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', ...headers },
  });
  let rest = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + piece).split('\n\n');
    rest = parts.pop()!;
    for (const part of parts) {
      const field = (name: string): string[] =>
        part.split('\n').flatMap((line) => (line.startsWith(`${name}: `) ? line.slice(name.length + 2) : []));
      if (part !== ':')
        yield { event: field('event')[0], id: field('id')[0], data: field('data').join('\n') };
    }
  }
}
