/** Names of attempts that an engine must never begin, for one that cannot remember that itself. */
export interface EngineMarks {
  add(name: string): Promise<void>;
  has(name: string): Promise<boolean>;
  remove(names: readonly string[]): Promise<void>;
}
