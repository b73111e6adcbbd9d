import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

/** Calls `take` with each line of JSON. What is no JSON ends the connection: nothing after it can be trusted. */
export function readLines(socket: Socket, take: (value: unknown) => void): void {
  const decoder = new StringDecoder('utf8');
  let pieces: string[] = [];
  socket.on('data', (bytes: Buffer) => {
    const lines = decoder.write(bytes).split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      pieces.push(line);
      const text = pieces.join('');
      pieces = [];
      try {
        take(JSON.parse(text));
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
        return;
      }
    }
    if (rest !== '') pieces.push(rest);
  });
}

/** What is written in one tick goes out as one packet. */
export function writeLine(socket: Socket, value: unknown): void {
  if (socket.destroyed) return;
  if (socket.writableCorked === 0) {
    socket.cork();
    process.nextTick(() => socket.uncork());
  }
  socket.write(`${JSON.stringify(value)}\n`);
}
