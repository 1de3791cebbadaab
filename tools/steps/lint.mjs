// This checks the look of the sources, and what a linter sees in them. `npm run format` writes; `npm run lint` and the
// suites `format` and `lint` only look. Each tool counts as one test.
//
//   C and C++      clang-format (.clang-format) and clang-tidy (.clang-tidy)
//   scripts, CSS   Biome (biome.jsonc)
//   prose          Prettier (.prettierrc.json)

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { clangTidy } from '../toolchain.mjs';
import { root, run } from './process.mjs';

const kCppFolders = ['src', 'wasm', 'tests', 'bench', 'docs'];
const kCppNames = new Set(['.cc', '.h', '.c']);
const kClangFormat = join(root, 'node_modules', 'clang-format', 'index.js');
const kBiome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
const kPrettier = join(root, 'node_modules', 'prettier', 'bin', 'prettier.cjs');

/** Returns the C and C++ files below some folders, by path from the top. */
function cppFiles(folders) {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)))
    .filter((file) => kCppNames.has(extname(file)) && !file.includes('node_modules'))
    .sort();
}

/** Returns the three formatters: to write, or to compare and name what differs. */
function formatters(write) {
  const files = cppFiles(kCppFolders);
  return {
    'clang-format': [kClangFormat, ...(write ? ['-i'] : ['--dry-run', '-Werror']), ...files],
    biome: [kBiome, 'format', ...(write ? ['--write'] : [])],
    prettier: [kPrettier, ...(write ? ['--write', '--log-level=warn'] : ['--check']), '.'],
  };
}

async function countOf(name, ok) {
  const { code } = await ok();
  console.log(`${name}: ${code === 0 ? 'ok' : 'failed'}`);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Formats every file, or says which are not formatted. Returns a count for each tool. */
export async function formatAll({ write }) {
  const counts = [];
  for (const [name, args] of Object.entries(formatters(write))) {
    counts.push(await countOf(name, () => run('node', args)));
  }
  return counts;
}

const kIncludes = ['-Isrc', '-Isrc/include', '-Isrc/abi'];
const kTidyFlags = ['-std=c++20', '-fno-exceptions', '-DMALLOCGC_FLAVOUR_DEBUG=1', ...kIncludes];
/** These include what only Emscripten's compiler knows. */
const kOtherPlatforms = ['emscripten', 'standalone'].map((name) => join('src', 'platform', `${name}.cc`));
const kTidyStamps = join(root, 'build', 'clang-tidy.json');

const digest = (parts) => parts.reduce((hash, part) => hash.update(part).update('\0'), createHash('sha256'));

/**
 * Returns what clang-tidy's verdict on a file depends on, as a digest for each file: itself, every header, and the
 * rules.
 */
function tidyDigests(files) {
  const shared = digest(
    [...cppFiles(['src']).filter((file) => file.endsWith('.h')), '.clang-tidy'].map((file) =>
      readFileSync(join(root, file)),
    ),
  ).digest('hex');
  return new Map(files.map((file) => [file, digest([shared, readFileSync(join(root, file))]).digest('hex')]));
}

/** Runs clang-tidy on the core. Files that passed, and have not changed since, are not looked at again. */
async function tidyCore(program) {
  const files = cppFiles(['src']).filter((file) => file.endsWith('.cc') && !kOtherPlatforms.includes(file));
  const digests = tidyDigests(files);
  const passed = existsSync(kTidyStamps) ? JSON.parse(readFileSync(kTidyStamps, 'utf8')) : {};
  const left = files.filter((file) => passed[file] !== digests.get(file));
  let code = 0;
  const work = async () => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      const found = await run(program, ['--quiet', file, '--', ...kTidyFlags], { quiet: true });
      if (found.code === 0) passed[file] = digests.get(file);
      else {
        code = 1;
        process.stdout.write(found.output);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(kTidyStamps, JSON.stringify(passed));
  return { code };
}

/** Runs the linters. Returns a count for each; clang-tidy is skipped, and named, where there is none. */
export async function lintAll() {
  const counts = [await countOf('biome', () => run('node', [kBiome, 'lint', '--error-on-warnings']))];
  const program = clangTidy();
  if (program) return [...counts, await countOf('clang-tidy', () => tidyCore(program))];
  console.log('clang-tidy: skipped, it is not installed here');
  return [...counts, { passed: 0, failed: 0, skipped: 1 }];
}
