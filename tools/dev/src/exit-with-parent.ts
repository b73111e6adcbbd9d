import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

/**
 * Preloaded into every child of `npm start`. The channel to the supervisor closes
 * when the supervisor ends, however it ends: then this process drains like on any
 * SIGTERM. Services know nothing of it.
 */
function drain(): void {
  // The supervisor also read our output. The logger's last flush, at exit, would try for ever
  // to write into the broken pipe (sonic-boom, flushSync), so the pipe is exchanged.
  for (const fd of [1, 2]) {
    closeSync(fd);
    openSync(devNull, 'w'); // takes the lowest free number, which is fd
  }
  process.kill(process.pid, 'SIGTERM');
}

// Until that is done, writing on must not be an error.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.once('disconnect', drain);
process.channel?.unref();
// It ended before this file was loaded; nothing has begun that would need draining.
if (!process.connected) process.exit(0);
