/** A log event has at most 256 KiB. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const MOST_CHARACTERS = 64 * 1024;

/** Cuts output into lines, as the awslogs driver does. */
export class Lines {
  readonly #take: (lines: readonly string[]) => void;
  #rest = '';

  constructor(take: (lines: readonly string[]) => void) {
    this.#take = take;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    while (this.#rest.length > MOST_CHARACTERS) {
      lines.push(this.#rest.slice(0, MOST_CHARACTERS));
      this.#rest = this.#rest.slice(MOST_CHARACTERS);
    }
    this.#tell(lines);
  }

  end(): void {
    this.#tell([this.#rest]);
    this.#rest = '';
  }

  /** There are no empty events. */
  #tell(lines: readonly string[]): void {
    const some = lines.filter((line) => line !== '').flatMap(pieces);
    if (some.length > 0) this.#take(some);
  }
}

function pieces(line: string): string[] {
  const count = Math.ceil(line.length / MOST_CHARACTERS);
  return Array.from({ length: count }, (_, i) => line.slice(i * MOST_CHARACTERS, (i + 1) * MOST_CHARACTERS));
}
