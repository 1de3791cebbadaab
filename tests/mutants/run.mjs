// The tests of the tests: each mutant in mutants.json is one mistake in the heap, as a replacement of text, and the
// suite must fail on it. A mutated file is compiled as the native build compiles it (but for less optimisation) and
// linked in front of that build's library; nothing else is built again. Then the model and the small scope run, and if
// they see nothing, all other tests. A crash, a failed check and a run without end count as caught; text that is no
// longer there, or that does not compile, does not.
//
//   node tests/mutants/run.mjs [--only TEXT] [--tree BUILD_TREE]     npm run test:mutants
//   node tests/mutants/run.mjs --seed NUMBER [--count NUMBER]        mutants by rule (rules.mjs) instead of those
//
// Of mutants by rule those that do not compile are no mutants: others take their place.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPreset, tree as treeOfPreset } from '../../tools/steps/cmake.mjs';
import { root } from '../../tools/steps/process.mjs';
import { mutantsByRule } from './rules.mjs';

const text = { type: 'string' };
const { values: options } = parseArgs({ options: { only: text, tree: text, seed: text, count: text } });
const kSecondsToRun = 60;
const kFirst = 'Model.*:Scope.*';

/** Runs a program; the code is 'timeout' when it did not end. */
function execute(program, args, { cwd, seconds = 300 }) {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let late = false;
    const keep = (text) => (output = (output + text).slice(-1000000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, seconds * 1000);
    const end = (code, text = '') => {
      clearTimeout(timer);
      done({ code, output: output + text });
    };
    child.on('error', (error) => end(127, error.message));
    child.on('close', (code, signal) => end(late ? 'timeout' : (code ?? signal)));
  });
}

const splitCommand = (command) =>
  command.match(/(?:[^\s"]|"(?:\\.|[^"])*")+/g).map((word) => word.replace(/^"|"$/g, '').replace(/\\"/g, '"'));

/** How the native build compiles each file, and links the tests. */
function readBuild(tree) {
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

/** The object that the build makes of a test; null for what is in the library. */
function originalObject(build, file) {
  if (!file.startsWith('tests/')) return null;
  const command = build.compile.get(file);
  return command[command.indexOf('-o') + 1];
}

/** Where a text stands in another, white space apart: the formatter may break lines elsewhere than the mutant does. */
function placesOf(text, wanted) {
  const offsets = [...text.matchAll(/\S/g)].map(({ index }) => index);
  const code = text.replace(/\s+/g, '');
  const part = wanted.replace(/\s+/g, '');
  const places = [];
  for (let at = code.indexOf(part); at >= 0; at = code.indexOf(part, at + 1)) {
    places.push({ begin: offsets[at], end: offsets[at + part.length - 1] + 1 });
  }
  return places;
}

/** Writes the mutated file and says what must be compiled, or why it cannot be. */
function plant(mutant, folder) {
  const text = readFileSync(join(root, mutant.file), 'utf8');
  const places = mutant.rule ? [mutant] : placesOf(text, mutant.old);
  if (places.length !== 1) return { problem: `its text is ${places.length} times in ${mutant.file}` };
  const [{ begin, end }] = places;
  const copy = join(folder, mutant.file);
  mkdirSync(dirname(copy), { recursive: true });
  writeFileSync(copy, text.slice(0, begin) + mutant.new + text.slice(end));
  const files = mutant.file.endsWith('.cc') ? [mutant.file] : mutant.also;
  return { files: files.map((file) => ({ file, source: file === mutant.file ? copy : join(root, file) })) };
}

/** null: caught; otherwise why not. `by` says what caught it. */
async function tryMutant(build, mutant, folder) {
  const { problem, files } = plant(mutant, folder);
  if (problem) return { problem };
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
  for (const filter of [kFirst, `-${kFirst}`]) {
    const flags = [`--gtest_filter=${filter}`, '--gtest_fail_fast', '--gtest_brief=1'];
    const { code, output } = await execute(program, flags, { cwd: folder, seconds: kSecondsToRun });
    if (code === 0) continue;
    const test = /\[ {2}FAILED {2}\] (\S+)/.exec(output)?.[1];
    return { by: test ?? (code === 'timeout' ? 'no end' : `end by ${code}`) };
  }
  return { problem: 'no test sees it' };
}

async function main() {
  const byRule = options.seed !== undefined;
  const listed = () => JSON.parse(readFileSync(new URL('mutants.json', import.meta.url), 'utf8'));
  const all = byRule ? mutantsByRule(Number(options.seed)) : listed();
  let wanted = byRule ? Number(options.count ?? 60) : all.length;
  const mutants = all.filter(
    (mutant) => !options.only || mutant.name.includes(options.only) || mutant.file.includes(options.only),
  );
  if (!options.tree) await buildPreset('native');
  const build = readBuild(resolve(options.tree ?? treeOfPreset('native')));
  // A suite that fails anyway would catch everything.
  const clean = await execute(join(build.tree, 'tests', 'mallocgc_tests'), ['--gtest_brief=1'], { cwd: root });
  if (clean.code !== 0) {
    console.log(`The suite fails without any mutant:\n${clean.output}\n0 passed, 1 failed`);
    return 1;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'mallocgc-mutants-'));
  let [next, passed, failed] = [0, 0, 0];
  const work = async () => {
    while (next < mutants.length && wanted > 0) {
      const number = next++;
      wanted -= 1;
      const mutant = mutants[number];
      const folder = join(scratch, String(number));
      mkdirSync(folder);
      const { problem, by, compiles } = await tryMutant(build, mutant, folder);
      rmSync(folder, { recursive: true, force: true });
      if (byRule && compiles === false) {
        wanted += 1;
        continue;
      }
      if (problem) failed += 1;
      else passed += 1;
      console.log(
        problem ? `NOT CAUGHT: ${mutant.name}: ${problem.trim().slice(0, 2000)}` : `caught: ${mutant.name} (${by})`,
      );
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
  rmSync(scratch, { recursive: true, force: true });
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

process.exitCode = await main();
