/** Why a text was refused. The codes are stable; the sentences are for people. */
const SENTENCES = {
  empty: () => 'There is no address; write for example 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32',
  'not-an-address': (text: string) =>
    `${text} is not an IP address; write for example 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32`,
  'not-four-numbers': (text: string) =>
    `${text} is not four numbers with dots between them; write it in full, as in 10.1.0.3 for 10.1.3`,
  'number-over-255': (text: string) => `${text} has a number over 255; each of the four goes from 0 to 255`,
  'leading-zero': (text: string) =>
    `${text} has a leading zero, which some programs read as octal; write it without`,
  'zone-id': (text: string) =>
    `${text} has a zone id, which means something on one machine only; leave out % and what follows`,
  'prefix-not-a-number': (text: string) =>
    `${text} needs a prefix length behind the slash, as in 10.0.0.0/8; netmasks are not read`,
  'prefix-too-long': (text: string) =>
    `${text} has a prefix longer than the address; IPv4 goes up to /32, IPv6 up to /128`,
  'mapped-prefix-too-short': (text: string) =>
    `${text} covers IPv4-mapped addresses and others besides; use /96 or longer, or write the IPv4 block`,
  'range-reversed': (text: string) => `${text} ends before it begins; swap the two addresses`,
  'range-of-two-families': (text: string) =>
    `${text} goes from one address family to the other; both ends must be IPv4, or both IPv6`,
  'range-with-prefix': (text: string) =>
    `${text} has both a range and a prefix; write either 10.0.0.0-10.0.0.255 or 10.0.0.0/24`,
  'unknown-text': (text: string) =>
    `${text} has something behind the address that is neither a weight nor a comment; put # before it`,
} satisfies Record<string, (text: string) => string>;

export type ProblemCode = keyof typeof SENTENCES;

export interface Problem {
  code: ProblemCode;
  /** What is wrong, and how to mend it. */
  message: string;
}

/** How an accepted text was read, where that is not what it literally says. */
const REMARKS = {
  'host-bits': (text: string, read: string) => `${text} has host bits set; it was read as ${read}`,
  'ipv4-mapped': (text: string, read: string) => `${text} is an IPv4-mapped address; it was read as ${read}`,
} satisfies Record<string, (text: string, read: string) => string>;

export type NoteCode = keyof typeof REMARKS;

export interface Note {
  code: NoteCode;
  message: string;
}

/** Longer texts are cut, as a broken feed may be one endless line. */
const MAX_TEXT = 80;

export function problem(code: ProblemCode, text: string): Problem {
  return { code, message: SENTENCES[code](shorten(text)) };
}

export function note(code: NoteCode, text: string, read: string): Note {
  return { code, message: REMARKS[code](shorten(text), read) };
}

function shorten(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.length > MAX_TEXT ? `${quoted.slice(0, MAX_TEXT - 2)}…"` : quoted;
}
