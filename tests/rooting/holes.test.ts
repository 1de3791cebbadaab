// No hole of the corpus is missed, and none is reported where the rooter has been. The corpus is written to
// build/rooting/holes, for whoever wants to try another checker on it.

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import { expect, it } from 'vitest';
import { rootAndVerify } from '../../tools/rooting/root.mjs';
import { verify } from '../../tools/rooting/verify.mjs';
import { allHoles } from './holes.ts';
import { assemble } from './support.ts';

const kFolder = fileURLToPath(new URL('../../build/rooting/holes/', import.meta.url));
const kLeast = 100;

it('no hole is missed, and none is left once it is rooted', () => {
  mkdirSync(kFolder, { recursive: true });
  const holes = allHoles();
  expect(holes.length).toBeGreaterThanOrEqual(kLeast);
  const missed: string[] = [];
  const unnamed: string[] = [];
  const left: string[] = [];
  for (const { name, text } of holes) {
    const bytes = assemble(text);
    writeFileSync(`${kFolder}${name}.wat`, text);
    writeFileSync(`${kFolder}${name}.wasm`, bytes);
    const reports = verify(bytes, { binaryen }) as { function: string; call: string; variable: string }[];
    if (!reports.some((report) => report.function === 'hole')) missed.push(name);
    if (reports.some((report) => report.call === '' || report.variable === '')) unnamed.push(name);
    if (rootAndVerify(bytes, { binaryen }).reports.length > 0) left.push(name);
  }
  expect({ missed, unnamed, left }).toEqual({ missed: [], unnamed: [], left: [] });
});
