import type { JobSpec } from '@groundwork/contracts';
import { quoted } from '../jobs/command-line.ts';

type Places = Pick<JobSpec, 'inputs' | 'outputs' | 'array'>;

/** A place as a word of a shell in which `element` is the number of the element. */
const placed = (text: string, isArray: boolean): string =>
  isArray ? quoted(text).replaceAll('{index}', `'"$element"'`) : quoted(text);

const BRING = `# A file, or with a slash at the end all below it, which has to be something.
bring() {
  case $1 in
    */) set -- "$1" "\${2%/}/" ;;
    *) case $2 in */) set -- "$1" "$2\${1##*/}" ;; esac ;;
  esac
  where=./$2
  mkdir -p "\${where%/*}" || return
  case $1 in
    s3://*/) aws s3 cp --only-show-errors --recursive "$1" "$where" && [ -n "$(ls -A "$where")" ] ;;
    s3://*) aws s3 cp --only-show-errors "$1" "$where" ;;
    */) cp -R "$1." "$where" ;;
    *) cp "$1" "$where" ;;
  esac
}`;

const STORE = `# A file, or all below a directory.
store() {
  if [ -d "./$1" ]; then
    case $2 in
      s3://*) aws s3 cp --only-show-errors --recursive "./$1" "\${2%/}/" ;;
      *) mkdir -p "$2" && cp -R "./$1/." "$2" ;;
    esac
    return
  fi
  case $2 in */) set -- "$1" "$2\${1##*/}" ;; esac
  case $2 in
    s3://*) aws s3 cp --only-show-errors "./$1" "$2" ;;
    *) mkdir -p "\${2%/*}/" && cp "./$1" "$2" ;;
  esac
}`;

/** POSIX shell, in the working directory; `fail` ends the job with a sentence. */
export function bringLines({ inputs, array }: Places): string[] {
  if (inputs.length === 0) return [];
  const isArray = array !== undefined;
  return [
    BRING,
    ...inputs.map(({ from, to }, at) => {
      const place = placed(from, isArray);
      return `bring ${place} ${placed(to, isArray)} || fail "inputs[${at}] could not be brought:" ${place}`;
    }),
  ];
}

/** First all that it should have made is looked for: half of its outputs would look like all of them. */
export function storeLines({ outputs, array }: Places): string[] {
  if (outputs.length === 0) return [];
  const isArray = array !== undefined;
  return outputs.map(({ from, to }, at) => {
    const place = placed(from, isArray);
    return `store ${place} ${placed(to, isArray)} || fail "outputs[${at}] could not be stored:" ${place}`;
  });
}

/** True in a shell when all outputs are there; undefined where there are none. */
export function madeTest({ outputs, array }: Places): string | undefined {
  const isArray = array !== undefined;
  const tests = outputs.map(({ from }) => `[ -e ./${placed(from, isArray)} ]`);
  return tests.length === 0 ? undefined : tests.join(' && ');
}

export const storeFunction = ({ outputs }: Places): string[] => (outputs.length === 0 ? [] : [STORE]);

export const usesAws = ({ inputs, outputs }: Places): boolean =>
  [...inputs.map(({ from }) => from), ...outputs.map(({ to }) => to)].some((place) =>
    place.startsWith('s3://'),
  );
