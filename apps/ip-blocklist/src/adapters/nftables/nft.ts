import { execFile } from 'node:child_process';
import { Conflict, Throttled } from '../../ports/enforcer.ts';

/** A transaction of a million elements takes four seconds; then something is wrong, in ms. */
const TIMEOUT_MS = 60_000;
/** A million elements as JSON are some 60 MB. */
const MOST_BYTES = 2 ** 30;

/** What of the kernel's is in a listing, by kind: `{"table": {…}}`. */
export type Listed = Readonly<Record<string, Properties>>;
export type Properties = Readonly<Record<string, unknown>>;

export type Nft = ReturnType<typeof createNft>;

/** The program nft, without a shell; errors named. */
export function createNft(binary: string) {
  async function list(args: readonly string[]): Promise<Listed[] | undefined> {
    const { stdout, problem } = await run(binary, ['-j', ...args]);
    if (problem === undefined) return (JSON.parse(stdout) as { nftables: Listed[] }).nftables;
    if (isAbsence(problem)) return undefined;
    throw explained(binary, problem);
  }
  return {
    /** All of a table; undefined when there is none. */
    table: (table: string) => list(['list', 'table', 'inet', table]),
    set: (table: string, set: string) => list(['list', 'set', 'inet', table, set]),
    /**
     * The same without what is in sets: 6 ms where 100,000 are. It is asked for the whole ruleset
     * because nft 1.0.6 reads the elements all the same when it is asked for one table.
     */
    async outline(table: string): Promise<Listed[] | undefined> {
      const all = (await list(['-t', 'list', 'ruleset'])) ?? [];
      const ours = all.filter((one) =>
        Object.entries(one).some(
          ([kind, { family, name, table: of }]) =>
            family === 'inet' && (kind === 'table' ? name : of) === table,
        ),
      );
      return ours.length === 0 ? undefined : ours;
    },
    /** One transaction: all of it is done, or nothing. Rejects with Conflict when something is not as it says. */
    async transact(text: string): Promise<void> {
      const { problem } = await run(binary, ['-f', '-'], text);
      if (problem === undefined) return;
      if (isAbsence(problem) || problem.includes('File exists')) throw new Conflict(shortened(problem));
      if (NOTHING_DONE.test(problem)) throw new Throttled(shortened(problem));
      throw explained(binary, problem);
    },
  };
}

/** The kernel had no room for the transaction just then, and dropped it. */
const NOTHING_DONE = /Resource temporarily unavailable|Cannot allocate memory|Interrupted system call/;

const isAbsence = (problem: string): boolean => problem.includes('No such file or directory');

function explained(binary: string, problem: string): Error {
  if (problem.includes('ENOENT')) {
    return new Error(`${binary} is not there: install nftables, or say with NFT_BINARY where it is`);
  }
  if (/Operation not permitted|EACCES|EPERM/.test(problem)) {
    return new Error(`${binary} is not permitted to do that: run as root, or with CAP_NET_ADMIN`);
  }
  return new Error(`nft: ${shortened(problem)}`);
}

/** Without the statement, which may be long. */
function shortened(problem: string): string {
  return (problem.split('\n')[0] ?? '').slice(0, 300);
}

/** `problem`: what nft says, or what has become of it. */
function run(
  binary: string,
  args: readonly string[],
  input = '',
): Promise<{ stdout: string; problem: string | undefined }> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: MOST_BYTES } as const;
    const child = execFile(binary, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve({ stdout, problem: undefined });
      // Of a program that was not started, or was killed, stderr says nothing.
      const { code, message } = error as NodeJS.ErrnoException;
      const problem = stderr.trim() === '' ? `${String(code)}: ${message}` : stderr.trim();
      resolve({ stdout, problem });
    });
    // It may end before it has read everything; what it says then tells why.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
