// npm run sizes tells what ships, raw and compressed, and which rooms of the source the code of heap.wasm comes from.
//
//   npm run sizes [-- --files | --functions] [-- --module heap.debug.wasm] [-- --json]
//
// The breakdown is that of the same link with its names kept. A group's `gzip` says by how much the compressed code
// would be smaller without it.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { weighArtifacts } from './artifacts.mjs';
import { groupFunctions, roomOf, sourceFinder } from './rooms.mjs';
import { functionsOf, sectionsOf } from '../../tools/steps/sections.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values: options } = parseArgs({
  options: {
    files: { type: 'boolean' },
    functions: { type: 'boolean' },
    module: { type: 'string', default: 'heap.wasm' },
    json: { type: 'boolean' },
  },
});

/** Makes a Markdown table, with numbers to the right. */
function table(heads, rows) {
  const lines = [heads, heads.map((_, i) => (i === 0 ? '---' : '--:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Links the module as it ships, but with the names of its functions. */
function withNames(name) {
  const folder = join(root, 'build', 'sizes');
  mkdirSync(folder, { recursive: true });
  const output = join(folder, name);
  execFileSync(process.execPath, [
    join(root, 'wasm', 'postlink.mjs'),
    join(root, 'build', 'wasm', 'wasm', name),
    output,
    name,
    '--names',
  ]);
  return new Uint8Array(readFileSync(output));
}

/** heap.debug.wasm is linked from the objects of the target heap_debug_module. */
function objectsOf(name) {
  const target = `${name.replace(/\.wasm$/, '').replaceAll('.', '_')}_module.dir`;
  return join(root, 'build', 'wasm', 'wasm', 'CMakeFiles', target);
}

function breakdown(name) {
  const bytes = withNames(name);
  const sourceOf = sourceFinder(root, objectsOf(name));
  const keyOf = options.functions
    ? (each) => each
    : options.files
      ? (each) => sourceOf(each) ?? 'other'
      : (each) => roomOf(sourceOf(each));
  const sections = sectionsOf(bytes).filter((section) => section.name !== 'name');
  return {
    sections: sections.map(({ name: section, begin, end }) => ({ section, bytes: end - begin })),
    groups: groupFunctions(functionsOf(bytes), keyOf),
  };
}

const artifacts = await weighArtifacts(join(root, 'dist'));
const { sections, groups } = breakdown(options.module);
if (options.json) {
  console.log(JSON.stringify({ artifacts, module: options.module, sections, groups }));
} else {
  console.log(
    table(
      ['bytes', 'raw', 'gzip', 'brotli'],
      Object.entries(artifacts).map(([name, { raw, gzip, brotli }]) => [name, raw, gzip, brotli]),
    ),
  );
  console.log(
    `\n${options.module}, sections: ${sections.map(({ section, bytes }) => `${section} ${bytes}`).join(', ')}\n`,
  );
  console.log(
    table(
      [`code of ${options.module}`, 'functions', 'bytes', 'gzip'],
      groups.map(({ key, functions, bytes, saved }) => [key, functions, bytes, saved]),
    ),
  );
}
