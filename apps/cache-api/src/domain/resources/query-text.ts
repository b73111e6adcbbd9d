/** Pieces of a query: SQL as it is, and parameters that were written as `:name`. */
export type Piece = string | { parameter: string };

/**
 * What is passed over as it is. Backslashes escape in E'' only, as standard_conforming_strings, on since
 * PostgreSQL 9.1, has it. (PostgreSQL, "Lexical Structure", 4.1.)
 */
const TOKEN = new RegExp(
  [
    String.raw`(?<escape>\b[eE]'(?:[^'\\]|\\[^]|'')*')`,
    String.raw`(?<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*")`,
    String.raw`(?<line>--[^\n]*)`,
    String.raw`(?<block>/\*)`,
    String.raw`(?<dollar>(?<![\w$\u0080-\uffff])\$(?<tag>(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$)`,
    String.raw`(?<position>(?<![\w$\u0080-\uffff])\$\d+)`,
    String.raw`(?<cast>::|:=)`,
    String.raw`:(?<name>[A-Za-z_]\w*)`,
    String.raw`(?<open>['"])`,
    String.raw`(?<end>;)`,
  ].join('|'),
  'g',
);

/** Throws an Error for what is not one query. */
export function splitQuery(query: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  let ended = -1;
  const token = new RegExp(TOKEN);
  for (let match = token.exec(query); match !== null; match = token.exec(query)) {
    const { name, block, dollar, position, open, end } = match.groups!;
    if (open !== undefined) throw new Error(`a ${open} is not closed, in ${excerpt(query, match.index)}`);
    if (position !== undefined) throw new Error(`${position} is no parameter here: write :name`);
    if (block !== undefined) token.lastIndex = endOfComment(query, match.index);
    if (dollar !== undefined) token.lastIndex = endOf(query, dollar, token.lastIndex, match.index);
    if (end !== undefined && ended < 0) ended = match.index;
    if (name !== undefined) {
      pieces.push(query.slice(from, match.index), { parameter: name });
      from = token.lastIndex;
    }
  }
  if (ended < 0) return [...pieces, query.slice(from)];
  // After it there may be blanks and comments only.
  if (ended < from || withoutComments(query.slice(ended)).replaceAll(';', '').trim() !== '') {
    throw new Error('has more than one statement: a resource is one query, without anything after its ;');
  }
  return [...pieces, query.slice(from, ended)];
}

function endOf(query: string, quote: string, from: number, start: number): number {
  const at = query.indexOf(quote, from);
  if (at < 0) throw new Error(`a ${quote} is not closed, in ${excerpt(query, start)}`);
  return at + quote.length;
}

/** They nest. */
function endOfComment(query: string, start: number): number {
  let depth = 0;
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  for (let match = mark.exec(query); match !== null; match = mark.exec(query)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  throw new Error(`a /* is not closed, in ${excerpt(query, start)}`);
}

function withoutComments(text: string): string {
  let rest = text;
  for (;;) {
    const start = rest.search(/--|\/\*/);
    if (start < 0) return rest;
    const end = rest.startsWith('--', start)
      ? rest.indexOf('\n', start) + 1 || rest.length
      : endOfComment(rest, start);
    rest = rest.slice(0, start) + rest.slice(end);
  }
}

function excerpt(query: string, at: number): string {
  return JSON.stringify(query.slice(at, at + 20));
}

export function parametersOf(pieces: readonly Piece[]): Set<string> {
  return new Set(pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.parameter])));
}
