// These mutants are of the heap. A mutated file is compiled as the native build compiles it (but with less
// optimisation) and linked in front of that build's library. Nothing else is built again.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { root } from '../../tools/steps/process.mjs';
import { execute } from './execute.mjs';
import { filtersFor } from './nearest.mjs';

/** The tests run with this: programs of seven steps would take most of the time, and find what those of five find. */
export const kFewerSteps = { MALLOCGC_SCOPE_STEPS: '5' };

const splitCommand = (command) =>
  command.match(/(?:[^\s"]|"(?:\\.|[^"])*")+/g).map((word) => word.replace(/^"|"$/g, '').replace(/\\"/g, '"'));

/** Reads how the native build compiles each file, and links the tests. */
export function readBuild(tree) {
  const compile = new Map();
  for (const { file, command } of JSON.parse(readFileSync(join(tree, 'compile_commands.json'), 'utf8'))) {
    compile.set(relative(root, resolve(tree, file)), splitCommand(command));
  }
  const { stdout } = spawnSync('ninja', ['-C', tree, '-t', 'commands', 'mallocgc_tests'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const link = stdout
    .trim()
    .split('\n')
    .at(-1)
    .replace(/^:\s*&&\s*/, '')
    .replace(/\s*&&\s*:\s*$/, '');
  return { tree, compile, link: splitCommand(link) };
}

/** Compiles one file, or the mutated copy of it, with the folder of mutated headers before all others. */
async function compileFile(build, file, source, object, overlay) {
  const command = build.compile.get(file);
  if (!command) return `the native build does not compile ${file}`;
  const words = [];
  for (let i = 0; i < command.length; ++i) {
    if (command[i] === '-o') {
      words.push('-o', object);
      ++i;
    } else if (command[i] === '-MF' || command[i] === '-MT') ++i;
    else if (resolve(build.tree, command[i]) === join(root, file)) words.push(source);
    else if (!/^(-O\d|-Werror|-MD)$/.test(command[i])) words.push(command[i]);
  }
  const [program, ...rest] = words;
  // -iquote and -I: includes are written relative to these folders.
  const first = ['src', 'src/include', 'src/abi'].map((folder) => `-I${join(overlay, folder)}`);
  const compilerAt = /ccache$/.test(program) ? 1 : 0;
  const { code, output } = await execute(
    program,
    [...rest.slice(0, compilerAt), ...first, ...rest.slice(compilerAt), '-O1'],
    { cwd: build.tree },
  );
  return code === 0 ? null : output;
}

async function linkTests(build, objects, program) {
  const words = build.link.map((word, i) => (build.link[i - 1] === '-o' ? program : word));
  // The compiled tests stand before the library, and so must the mutants; a recompiled test takes the place of its
  // original.
  const isReplaced = (word) => objects.find(({ original }) => original && word === original);
  const replaced = words.map((word) => isReplaced(word)?.object ?? word);
  const added = objects.filter(({ original }) => !original || !words.includes(original)).map(({ object }) => object);
  const at = replaced.findIndex((word) => word.endsWith('.o'));
  replaced.splice(at, 0, ...added);
  const { code, output } = await execute(replaced[0], replaced.slice(1), { cwd: build.tree });
  return code === 0 ? null : output;
}

/** Returns the object that the build makes of a test, or null for what is in the library. */
function originalObject(build, file) {
  if (!file.startsWith('tests/')) return null;
  const command = build.compile.get(file);
  return command[command.indexOf('-o') + 1];
}

/** Returns what caught the mutant (`by`), or why nothing did (`problem`). A run may take so many `seconds`. */
export async function tryNativeMutant(build, mutant, files, { folder, seconds }) {
  const objects = files.map(({ file }, i) => ({
    object: join(folder, `${i}.o`),
    original: originalObject(build, file),
  }));
  for (const [i, { file, source }] of files.entries()) {
    const error = await compileFile(build, file, source, objects[i].object, folder);
    if (error) return { problem: `it does not compile: ${error}`, compiles: false };
  }
  const program = join(folder, 'tests');
  const error = await linkTests(build, objects, program);
  if (error) return { problem: `it does not link: ${error}` };
  for (const filter of filtersFor(mutant.file)) {
    const flags = [`--gtest_filter=${filter}`, '--gtest_fail_fast', '--gtest_brief=1'];
    const { code, output } = await execute(program, flags, { cwd: folder, seconds, env: kFewerSteps });
    if (code === 0) continue;
    const test = /\[ {2}FAILED {2}\] (\S+)/.exec(output)?.[1];
    return { by: test ?? (code === 'timeout' ? 'no end' : `end by ${code}`) };
  }
  return { problem: 'no test sees it' };
}
