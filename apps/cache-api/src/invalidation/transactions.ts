import type { Change } from '../domain/change.ts';
import { createChangeList, type ListLimits } from './change-list.ts';
import type { PgOutput } from './pgoutput.ts';
import { OWN_PREFIX, type Commit } from './stream.ts';

/** A commit as it comes out of the log, perhaps before anybody else can see it. */
export interface Transaction extends Commit {
  /** Without its epoch, in 32 bits. */
  xid: number;
  /** What it holds in memory, about. */
  bytes: number;
}

export interface Assembler {
  /** The transaction that this message ends. */
  add(message: PgOutput, bytes: number): Transaction | undefined;
  /** Between a begin and its commit. */
  readonly isOpen: boolean;
}

/**
 * Messages of the log in, whole transactions out.
 *
 * States: between transactions → (begin) → open → (commit) → between.
 */
export function createAssembler(options: {
  /** Which declared tables a relation belongs to, by OID: itself, its ancestors, or all when it is a new one. */
  tablesOf: (relation: number) => { tables: readonly string[]; isSure: boolean };
  limits?: ListLimits;
}): Assembler {
  let open: { xid: number; committedAt: number; own: string[]; ownBytes: number } | undefined;
  let list = createChangeList(options.limits);

  function add(relation: number, bytes: number, change: (table: string) => Change): void {
    const { tables, isSure } = options.tablesOf(relation);
    for (const table of tables) list.add(isSure ? change(table) : { kind: 'truncate', table }, bytes);
  }

  return {
    get isOpen() {
      return open !== undefined;
    },
    add(message, bytes) {
      switch (message.kind) {
        case 'begin':
          open = { xid: message.xid, committedAt: message.committedAt, own: [], ownBytes: 0 };
          list = createChangeList(options.limits);
          return undefined;
        case 'insert': {
          const { after } = message;
          add(message.relation, bytes, (table) => ({ kind: 'insert', table, after }));
          return undefined;
        }
        case 'update': {
          const { before, after } = message;
          add(message.relation, bytes, (table) => ({ kind: 'update', table, before, after }));
          return undefined;
        }
        case 'delete': {
          const { before } = message;
          add(message.relation, bytes, (table) => ({ kind: 'delete', table, before }));
          return undefined;
        }
        case 'truncate':
          for (const relation of message.relations) {
            add(relation, bytes, (table) => ({ kind: 'truncate', table }));
          }
          return undefined;
        case 'message':
          // Those outside of transactions are sent at once and promise nothing.
          if (message.transactional && message.prefix === OWN_PREFIX && open !== undefined) {
            open.own.push(message.content);
            open.ownBytes += bytes;
          }
          return undefined;
        case 'commit': {
          if (open === undefined) throw new Error('pgoutput: a commit without a begin');
          const { xid, committedAt, own, ownBytes } = open;
          open = undefined;
          const { changes } = list;
          return { xid, committedAt, own, changes, version: message.end, bytes: list.bytes + ownBytes };
        }
      }
    },
  };
}
