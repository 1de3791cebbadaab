// This reads off the command line what a run of tests is asked for:
//
//   --only NAME[,NAME]   these suites, not all
//   --filter TEXT        in them, the tests whose name has TEXT in it
//   --watch              again at each change of a file
//   --with-last          the sum includes that of the last whole `npm test`
//
// Everything else goes to the suites' own runners, and so does what follows `--`.

import { StepError } from './process.mjs';

/** Returns the suites named in a list, in the order of a whole run. */
function namesIn(list, known) {
  const wanted = list.split(',').map((name) => name.trim());
  const strange = wanted.filter((name) => !known.includes(name));
  if (strange.length > 0) throw new StepError(`no such suite: ${strange.join(', ')}; there are ${known.join(', ')}`);
  return known.filter((name) => wanted.includes(name));
}

/**
 * Returns the choice in `args`: { names, filter, watch, withLast, args }. `usual` are the suites of this command, and
 * `known` are all there are.
 */
export function choiceOf(args, usual, known) {
  const choice = { names: usual, filter: null, watch: false, withLast: false, args: [] };
  const left = [...args];
  const valueAfter = (name, text) => {
    const value = text ?? left.shift();
    if (value === undefined || value === '') throw new StepError(`${name} needs a value`);
    return value;
  };
  while (left.length > 0) {
    const word = left.shift();
    const [, name, text] = /^(--only|--filter)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === '--only') choice.names = namesIn(valueAfter(name, text), known);
    else if (name === '--filter') choice.filter = valueAfter(name, text);
    else if (word === '--watch') choice.watch = true;
    else if (word === '--with-last') choice.withLast = true;
    else if (word === '--') choice.args.push(...left.splice(0));
    else choice.args.push(word);
  }
  return choice;
}
