import type { Ending, Receipt } from '../ports/engine.ts';

/**
 * Lines of JSON in both directions. `hello` and `yield` are the same in each version for ever, so that a
 * newer broker can send an older spawner away: what it has started goes on, and the next one finds it.
 */
export const PROTOCOL_VERSION = 1;

/** In the state directory. */
export const SOCKET = 'spawner.sock';
export const SETTINGS = 'settings.json';
/** Of the lock of the one spawner. */
export const LOCK = 'spawner';

/** What the broker has to say about the machine, in a file that a spawner reads when it starts. */
export interface SpawnerSettings {
  /** Names its cgroups; letters, digits and -. */
  engineId: string;
  /** Cores that may be taken. */
  slots: number;
  memoryMiB: number;
  gpus: number;
  /** Without a beat of a broker for that long, everything is killed. */
  orphanSeconds: number;
  /** Between SIGTERM and SIGKILL. */
  killAfterSeconds: number;
  /** Most processes and threads of one attempt, where there is a pids controller. */
  maxProcesses?: number | undefined;
  /** False: process groups and rlimits only. */
  useCgroups: boolean;
}

/** One attempt as a process: all that the spawner has to know. */
export interface Run {
  name: string;
  argv: string[];
  env: Record<string, string>;
  /** Undefined: the scratch directory. */
  cwd?: string | undefined;
  cores: number;
  memoryMiB?: number | undefined;
  gpus: number;
  walltimeSeconds: number;
  checkpoint?: { signal: NodeJS.Signals; graceSeconds: number } | undefined;
}

/** A Sighting whose times are in ms since the epoch. */
export type Seen =
  | { state: 'submitted'; reason?: string }
  | { state: 'running'; startedAt: number }
  | { state: 'ended'; ending: Ending; startedAt?: number | undefined; endedAt: number };

export interface Free {
  cores: number;
  memoryMiB: number;
  gpus: number;
}

export type Ask =
  | { do: 'hello'; version: number }
  | { do: 'yield' }
  | { do: 'submit'; runs: Run[] }
  | { do: 'look'; names: string[] }
  | { do: 'cancel'; names: string[] }
  | { do: 'forget'; names: string[] }
  /** Ends everything, and then itself. */
  | { do: 'end' }
  | { do: 'beat' };

export interface Answers {
  hello: { version: number; pid: number; limits: string[] };
  yield: null;
  submit: Receipt[];
  look: Record<string, Seen>;
  cancel: null;
  forget: null;
  end: null;
  beat: null;
}

export type AskLine = Ask & { id: number };

export type TellLine =
  | { id: number; answer: Answers[Ask['do']]; free: Free }
  | { id: number; problem: string; free: Free }
  | { changed: string[]; free: Free }
  /** Another broker has connected; this connection is over. */
  | { bye: string };
