// This measures how much memory the document takes as JS objects. It is a process of its own, with the engine's
// collector within reach, so that nothing else is in the figure. It prints one line of JSON: {"bytes": …, "parseMs":
// …}.
// Doors: main.mjs starts it, with the file's name as the argument.

import { readFileSync } from 'node:fs';

const file = process.argv[2] ?? '';
const collect = globalThis.gc;
if (typeof collect !== 'function') throw new Error('start this with --expose-gc');

function usedBytes() {
  for (let i = 0; i < 3; i++) collect();
  return process.memoryUsage().heapUsed;
}

function parseFile() {
  const text = readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  const begin = performance.now();
  const value = JSON.parse(text);
  return { value, parseMs: performance.now() - begin };
}

const before = usedBytes();
const parsed = parseFile();
const bytes = usedBytes() - before;
console.log(JSON.stringify({ bytes, parseMs: parsed.parseMs, type: typeof parsed.value }));
