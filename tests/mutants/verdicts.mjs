// The verdicts of a run of mutants, kept in a file as they are reached, so that a run that was ended goes on where it
// was. Each is a line of JSON. It holds for the same mistake in the same file. A new test does not end it, so who has
// written one deletes the line of its mutant. Door: run.mjs --resume FILE.

import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/steps/process.mjs';

/** The same for the same mistake in the same text. */
function keyOf({ file, begin, old, new: text }) {
  const parts = [file, String(begin), String(old), text, readFileSync(join(root, file), 'utf8')];
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}

export class Verdicts {
  #path;
  #known = new Map();

  /** `path`: where they are kept; without one they are not. */
  constructor(path) {
    this.#path = path;
    if (path === undefined || !existsSync(path)) return;
    // What stands behind the last line's end is a line that a run could not finish.
    const text = readFileSync(path, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole !== text) writeFileSync(path, whole);
    const lines = whole.split('\n').slice(0, -1);
    for (const { key, verdict } of lines.map((line) => JSON.parse(line))) this.#known.set(key, verdict);
  }

  /** What was found about a mutant before; undefined: nothing. */
  of(mutant) {
    return this.#known.get(keyOf(mutant));
  }

  keep(mutant, verdict) {
    if (this.#path === undefined) return;
    const line = JSON.stringify({ key: keyOf(mutant), name: mutant.name, file: mutant.file, verdict });
    appendFileSync(this.#path, `${line}\n`);
  }
}
