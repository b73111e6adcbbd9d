import { EventEmitter } from 'node:events';

/** Signals in, exit codes out. */
export class FakeProcess {
  readonly #signals = new EventEmitter();
  readonly exits: number[] = [];

  on(event: 'SIGTERM' | 'SIGINT', listener: () => void): void {
    this.#signals.on(event, listener);
  }

  exit(code: number): void {
    this.exits.push(code);
  }

  send(signal: 'SIGTERM' | 'SIGINT'): void {
    this.#signals.emit(signal);
  }
}
