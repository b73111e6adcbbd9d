/** As `npm run bench` prints it. */
export interface Figure {
  what: string;
  measured: string;
  limit?: string;
  held?: boolean;
}

export interface Settings {
  /** Folder with web07.trace. */
  dataDir?: string | undefined;
  /** Of each comparison. */
  rounds?: number | undefined;
}
