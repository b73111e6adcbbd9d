/** Outside a terminal, where nothing can be written over, no more often than this. */
const EVERY_MS = 1_000;
let last = Number.NEGATIVE_INFINITY;

/** One line on stderr that is written over in a terminal, and now and then a line elsewhere. */
export function progress(text: string): void {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\u001B[K${text}`);
  } else if (performance.now() - last >= EVERY_MS) {
    last = performance.now();
    process.stderr.write(`${text}\n`);
  }
}

/** Before something is written to stdout. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
}
