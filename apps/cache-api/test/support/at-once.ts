/** What work that stops now and then comes to, without a stop. */
export function atOnce<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const { value, done } = work.next();
    if (done === true) return value;
  }
}
