// This puts what was measured into the documents, between two marks, so that they say nothing that was not measured.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, StepError } from '../tools/steps/process.mjs';
import { kRuns } from './args.mjs';
import { placesOf, tables } from './table.mjs';

const kBegin = '<!-- bench: written by npm run bench -- --publish -->';
const kEnd = '<!-- bench: end -->';

/** Returns the text with what is between its marks replaced. */
export function replaceBetween(text, content) {
  const begin = text.indexOf(kBegin);
  const end = text.indexOf(kEnd, begin);
  if (begin < 0 || end < 0) throw new Error(`the marks ${kBegin} and ${kEnd} are missing`);
  return `${text.slice(0, begin + kBegin.length)}\n\n${content.trim()}\n\n${text.slice(end)}`;
}

const picture = (title, path) => `![${title}](${path})`;

/**
 * Publishes a report. `pictures` are { title, path } from the repository's top. The README shows the first one, and of
 * the tables those of wasm and JavaScript.
 */
export function publish(report, pictures) {
  if (report.runs < kRuns)
    throw new StepError(
      `not published: a report of ${report.runs} runs, of which ${kRuns} are the least that say something`,
    );
  const [first] = pictures;
  const wasm = tables(report, { headlines: true, places: placesOf(report).filter((place) => place !== 'native') });
  const texts = {
    'README.md': `${wasm}\n${first ? picture(first.title, first.path) : ''}`,
    'docs/performance.md': `${tables(report)}\n${pictures.map(({ title, path }) => picture(title, `../${path}`)).join('\n\n')}`,
  };
  for (const [name, text] of Object.entries(texts)) {
    const path = join(root, name);
    writeFileSync(path, replaceBetween(readFileSync(path, 'utf8'), text));
  }
}
