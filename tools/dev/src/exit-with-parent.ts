/**
 * Preloaded into every child of `npm start`. The channel to the supervisor closes
 * when the supervisor ends, however it ends: then this process drains like on any
 * SIGTERM. Services know nothing of it.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
// The supervisor also read our output: writing on must not be an error.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
