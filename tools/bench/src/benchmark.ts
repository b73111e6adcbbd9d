/**
 * What `bench/<name>.ts` of a package exports as its default. The packages import
 * nothing from here, as apps may not depend on tools: their objects only have to
 * have this shape, and the test runs them.
 */
export type Benchmark = Comparison | Endurance | Figures;

/** Read from the environment once, in main.ts; crosses to child processes as JSON. */
export interface Settings {
  /** Folder with real data, at any depth: photos, feeds. */
  dataDir?: string | undefined;
  /** Measured rounds of a comparison. */
  rounds?: number | undefined;
  /** Sizes of the originals, in megapixels. */
  megapixels?: readonly number[] | undefined;
  /** Number of images of an endurance run. */
  images?: number | undefined;
  /** Lines of a list, or prefixes to look up among. */
  entries?: number | undefined;
  /** Path of an imgproxy binary. */
  imgproxy?: string | undefined;
}

/** Several ways to do the same work, by CPU time and by what comes out. */
export interface Comparison {
  kind: 'comparison';
  /** Puts the originals into `dir`. */
  prepare(settings: Settings, dir: string): Promise<{ about: readonly string[]; cases: readonly Case[] }>;
  /** By name; the others are set against the first. Each runs in a process of its own. */
  contenders: Readonly<Record<string, (settings: Settings, dir: string) => Promise<Running | NotHere>>>;
  /** The brightness of an output, and what it would be if nothing had been lost. */
  planes(input: Case, output: Uint8Array): Promise<{ made: Plane; ideal: Plane }>;
  limits: readonly Limit[];
}

export interface Case {
  /** Short, for one line. */
  name: string;
  /** In full, for the head of its table. */
  about: string;
  /** File with the original. */
  original: string;
  /** For the contenders; must survive JSON. */
  detail: unknown;
}

export interface Output {
  name: string;
  bytes: Uint8Array;
}

export interface Running {
  make(input: Case, original: Uint8Array): Promise<Output[]>;
  /** Process whose CPU time counts: a server that this one has started. Otherwise this one. */
  pid?: number;
  stop?(): Promise<void>;
}

/** Why a contender cannot be measured on this machine. */
export interface NotHere {
  missing: string;
}

/** Brightness of each pixel, 0 to 255, row by row. */
export interface Plane {
  width: number;
  height: number;
  data: Uint8Array;
}

/** CPU time of the first contender, as a fraction of another one's, in the worst case that `covers` picks. */
export interface Limit {
  contender: string;
  atMost: number;
  covers?(input: Case): boolean;
  /** Which cases these are: `on the small ladder`. */
  where?: string;
}

/** The same work very often, in one process, by its memory. */
export interface Endurance {
  kind: 'endurance';
  /** All that the measured process finds in its environment. */
  environment: Readonly<Record<string, string>>;
  concurrency: number;
  images: number;
  /** Runs in a process of its own, as making files costs more memory than thumbnails do. */
  pool(settings: Settings): Promise<readonly { name: string; make(): Promise<Uint8Array> }[]>;
  /** Answers with a word for what became of the image; the words are counted. */
  start(settings: Settings): Promise<(original: Uint8Array) => Promise<string>>;
  limits: { peakMb: number; growthPercent: number };
}

/** Whatever a library wants to say about itself, with what each figure must keep to. */
export interface Figures {
  kind: 'figures';
  /** Measures by itself, in turn; throws when outputs differ that must be the same. */
  measure(
    settings: Settings,
    dir: string,
    progress: (text: string) => void,
  ): Promise<{ about: readonly string[]; figures: readonly Figure[] }>;
}

export interface Figure {
  what: string;
  /** With its unit; or why it was skipped. */
  measured: string;
  /** In words, and whether it held. */
  limit?: string;
  held?: boolean;
}

/** One benchmark, about to be run. */
export interface Run<B extends Benchmark> {
  /** Where it was found: its child processes import it too. */
  file: string;
  benchmark: B;
  settings: Settings;
  /** Empty, for everything that is made on the way, and gone afterwards. */
  dir: string;
  /** Writes lines of the result. */
  say: (text: string) => void;
}
