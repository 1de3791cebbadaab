// The verdicts of a run of mutants are kept in a file as they are reached, so that a run that was ended goes on where
// it was. Each is a line of JSON. It holds for the same mistake in the same file. A new test does not end it, so
// whoever has written one deletes the line of its mutant. Door: run.mjs --resume FILE.

import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/steps/process.mjs';

/** Returns the same for the same mistake in the same text. */
function keyOf({ file, begin, old, new: text }) {
  const parts = [file, String(begin), String(old), text, readFileSync(join(root, file), 'utf8')];
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}

export class Verdicts {
  #path;
  #known = new Map();

  /** `path` says where they are kept. Without one they are not kept. */
  constructor(path) {
    this.#path = path;
    if (path === undefined || !existsSync(path)) return;
    // A line without its end is one that a run could not finish.
    const text = readFileSync(path, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole !== text) writeFileSync(path, whole);
    const lines = whole.split('\n').slice(0, -1);
    for (const { key, verdict } of lines.map((line) => JSON.parse(line))) this.#known.set(key, verdict);
  }

  /** Returns what was found about a mutant before, or undefined. */
  of(mutant) {
    return this.#known.get(keyOf(mutant));
  }

  keep(mutant, verdict) {
    if (this.#path === undefined) return;
    const line = JSON.stringify({ key: keyOf(mutant), name: mutant.name, file: mutant.file, verdict });
    appendFileSync(this.#path, `${line}\n`);
  }
}
