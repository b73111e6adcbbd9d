import { styleText } from 'node:util';
import { prettyFactory } from 'pino-pretty';

const COLOURS = ['cyan', 'green', 'magenta', 'blue', 'yellow'] as const;
const NAME_WIDTH = 12;

/** Members that the line already says, or that only machines want. */
const IGNORED =
  'time,pid,hostname,service,url,method,path,status,ms,requestId,client,messageId,queue,key,outcome';

/** Turns a child's JSON log lines into readable ones; other output passes through. */
export function createLinePrinter(options: { colour: boolean; write: (line: string) => void }) {
  const pretty = prettyFactory({
    colorize: options.colour,
    singleLine: true,
    ignore: IGNORED,
    translateTime: false,
  });
  const colours = new Map<string, (typeof COLOURS)[number]>();
  return (name: string, line: string): void => {
    if (line.trim() === '') return;
    const colour = colours.get(name) ?? COLOURS[colours.size % COLOURS.length] ?? 'cyan';
    colours.set(name, colour);
    const label = name.padEnd(NAME_WIDTH);
    const text = line.startsWith('{') ? withTime(pretty(harmless(line)), line) : line;
    options.write(`${options.colour ? styleText(colour, label) : label} ${text.trimEnd()}\n`);
  };
}

/** What a client named a file must not clear the screen or look like a line of its own. */
function harmless(line: string): string {
  const parsed = JSON.parse(line) as { msg?: string };
  if (parsed.msg === undefined) return line;
  return JSON.stringify({ ...parsed, msg: parsed.msg.replace(/\p{Cc}/gu, '·') });
}

function withTime(text: string, line: string): string {
  const ms = /"ms":(\d+)/.exec(line)?.[1];
  return ms === undefined ? text : `${text.trimEnd()} (${ms} ms)`;
}
