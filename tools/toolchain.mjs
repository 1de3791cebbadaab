// This finds the tools that the builds need, and installs them where that is safe: on Debian and Ubuntu, as root or
// with a sudo that asks nothing. Elsewhere it says exactly what is missing. MALLOCGC_NO_INSTALL=1 forbids installing.
//
// Doors: tools/run.mjs calls ensureToolchain() before anything is built, and the browser tests call ensureChromium().
// What was found is put into process.env, where CMake's presets and Emscripten look for it.

import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { answerOf, must, root, StepError, which } from './steps/process.mjs';
import { rustc } from './steps/toolchains.mjs';

/** These tools are named by what they are for, with a probe and the Debian packages that bring them. */
const kBuildTools = [
  { name: 'CMake', packages: ['cmake'], found: () => which('cmake') },
  { name: 'Ninja', packages: ['ninja-build'], found: () => which('ninja') },
  { name: 'Emscripten', packages: ['emscripten'], found: () => emscriptenRoot() },
  // It only speeds up clean builds, so its absence is no error where nothing may be installed.
  { name: 'ccache', packages: ['ccache'], found: () => which('ccache'), optional: true },
];
const kTestTools = [
  { name: 'a C++20 compiler', packages: ['g++'], found: () => which('g++') ?? which('c++') },
  { name: 'Clang', packages: ['clang-14'], found: () => clangWithSanitizers() ?? clang() },
  { name: "Clang's sanitizers", packages: ['libclang-rt-14-dev'], found: () => clangWithSanitizers() },
  {
    name: 'GoogleTest',
    packages: ['googletest', 'libgtest-dev'],
    // Debian puts it there. Elsewhere CMake fetches it.
    found: () => existsSync('/usr/src/googletest/CMakeLists.txt') || !which('apt-get'),
  },
  // Without it `npm run lint` says that it skips it.
  { name: 'clang-tidy', packages: ['clang-tidy-14'], found: () => clangTidy(), optional: true },
  // Not every system has it; without it bench/gate says that it skips the counts of instructions.
  { name: 'Valgrind', packages: ['valgrind'], found: () => which('valgrind') ?? !which('apt-get') },
];

/** Returns the folder with emcc in it, or null. */
function emscriptenRoot() {
  const homes = [process.env.EMSDK, join(homedir(), 'emsdk'), '/opt/emsdk', '/emsdk'].filter(Boolean);
  for (const home of homes) {
    const folder = join(home, 'upstream', 'emscripten');
    if (existsSync(join(folder, 'emcc'))) return folder;
  }
  return which('emcc') ? answerOf('em-config', ['EMSCRIPTEN_ROOT']) : null;
}

function clang() {
  const names = ['clang++-14', 'clang++', ...[21, 20, 19, 18, 17, 16, 15].map((n) => `clang++-${n}`)];
  return names.find((name) => which(name)) ?? null;
}

/** Returns the name of a clang-tidy, or null. */
export function clangTidy() {
  return ['clang-tidy-14', 'clang-tidy'].find((name) => which(name)) ?? null;
}

/** Returns the name of a Clang that can link the address sanitizer, or null. */
function clangWithSanitizers() {
  const name = clang();
  const folder = name && answerOf(name, ['-print-resource-dir']);
  if (!folder) return null;
  const hasSanitizer = (lib) =>
    existsSync(lib) && readdirSync(lib, { recursive: true }).some((f) => /asan.*\.a$/.test(f));
  return hasSanitizer(join(folder, 'lib')) ? name : null;
}

/** Returns how to become root without a question, or null. It is an empty list for root itself. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return which('sudo') && answerOf('sudo', ['-n', 'true']) !== null ? ['sudo', '-n'] : null;
}

async function aptInstall(packages, prefix) {
  console.log(`Installing ${packages.join(' ')} …`);
  // Another apt may hold the lock just now. This waits for it instead of failing at once.
  const patience = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', '-o', 'DPkg::Lock::Timeout=600'];
  const [program, ...start] = [...prefix, 'env', ...patience];
  const install = () => must(program, [...start, 'install', '--no-install-recommends', ...packages]);
  try {
    await install();
  } catch {
    // The package lists may be missing or old.
    await must(program, [...start, 'update']);
    await install();
  }
}

const kElsewhere = [
  '  elsewhere:       install CMake, Ninja, Clang and GoogleTest with your package manager, and Emscripten with',
  '                   git clone https://github.com/emscripten-core/emsdk && emsdk/emsdk install latest &&',
  '                   emsdk/emsdk activate latest && export EMSDK=$PWD/emsdk',
];

/** Makes sure that the tools are there, or throws with the commands that would bring them. */
async function ensureTools(tools, elsewhere = kElsewhere) {
  const missing = tools.filter((tool) => !tool.found());
  // What is optional comes along with what is needed, but is no reason to install.
  if (missing.every((tool) => tool.optional)) return;
  const packages = missing.flatMap((tool) => tool.packages);
  const prefix = rootPrefix();
  if (process.env.MALLOCGC_NO_INSTALL !== '1' && which('apt-get') && prefix) {
    await aptInstall(packages, prefix);
  }
  const lacking = tools.filter((tool) => !tool.found() && !tool.optional);
  if (lacking.length === 0) return;
  const wanted = lacking.flatMap((tool) => tool.packages).join(' ');
  throw new StepError(
    [
      `Missing: ${lacking.map((tool) => tool.name).join(', ')}.`,
      `  Debian, Ubuntu:  sudo apt-get install ${wanted}`,
      ...elsewhere,
    ].join('\n'),
  );
}

/** Tells CMake's presets where Emscripten is, and Emscripten where its JavaScript optimiser is. */
function publishEmscripten() {
  const folder = emscriptenRoot();
  process.env.EMSCRIPTEN_ROOT = folder;
  // npm puts the programs of node_modules first, Binaryen's among them. Emscripten would take those for its own, which
  // are of another version, and link programs that do not start.
  const own = process.env.PATH.split(delimiter).filter((path) => !path.endsWith(join('node_modules', '.bin')));
  process.env.PATH = [folder, ...own].join(delimiter);
  // Debian splits Emscripten's node_modules off into system packages.
  const debian = '/usr/share/nodejs';
  if (!existsSync(join(folder, 'node_modules', 'acorn')) && existsSync(join(debian, 'acorn'))) {
    process.env.NODE_PATH = [debian, process.env.NODE_PATH].filter(Boolean).join(delimiter);
  }
}

/**
 * Makes the tools available to the steps that follow. `tests` adds what only the native and sanitizer suites need. It
 * is quick when everything is there.
 */
export async function ensureToolchain({ tests = false } = {}) {
  await ensureTools(tests ? [...kBuildTools, ...kTestTools] : kBuildTools);
  publishEmscripten();
  const compiler = tests && clangWithSanitizers();
  if (compiler) {
    process.env.MALLOCGC_CLANGXX = compiler;
    process.env.MALLOCGC_CLANG = compiler.replace('clang++', 'clang');
  }
  // Precompiled headers are cached only with this; the compilers are told to write them reproducibly.
  process.env.CCACHE_SLOPPINESS ??= 'pch_defines,time_macros,include_file_mtime,include_file_ctime';
  // Paths below the checkout are cached as relative ones, so that two checkouts share their results.
  process.env.CCACHE_BASEDIR ??= root;
}

const hasHeader = (name) =>
  ['/usr/include', '/usr/local/include', '/opt/homebrew/include'].some((folder) => existsSync(join(folder, name)));

/** Only a peer of the bench needs these. They are named by the peer's name for them. */
const kPeerTools = {
  go: { name: 'Go', packages: ['golang-go'], found: () => which('go') },
  boehm: { name: "Boehm's collector (libgc)", packages: ['libgc-dev'], found: () => hasHeader('gc/gc.h') },
  mimalloc: { name: 'mimalloc', packages: ['libmimalloc-dev'], found: () => hasHeader('mimalloc.h') },
  compiler: { name: 'a C++20 compiler', packages: ['g++'], found: () => which('g++') ?? which('c++') },
};

/** Makes sure that the tools that a peer of the bench needs are there. */
export async function ensurePeerTools(names) {
  await ensureTools(
    names.map((name) => kPeerTools[name]),
    ['  elsewhere:       with your package manager'],
  );
}

/** Returns whether there is a Rust for wasm32. It is installed if that can be. */
export async function ensureRust() {
  const name = 'Rust with the library of wasm32';
  try {
    await ensureTools(
      [{ name, packages: ['rustc', 'libstd-rust-dev-wasm32'], found: rustc }],
      ['  elsewhere:       rustup target add wasm32-unknown-unknown'],
    );
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.log(error.message);
  }
  return rustc() !== null;
}

/** Returns the path of a Chromium that the browser tests can drive. It is installed if need be. */
export async function ensureChromium() {
  const find = () =>
    process.env.CHROMIUM_PATH ?? which('chromium') ?? which('chromium-browser') ?? which('google-chrome');
  await ensureTools([{ name: 'Chromium', packages: ['chromium'], found: find }]);
  return find();
}

/** Returns the path of a Firefox that the bench can drive. It is installed if need be. */
export async function ensureFirefox() {
  const find = () => process.env.FIREFOX_PATH ?? which('firefox-esr') ?? which('firefox');
  await ensureTools(
    [{ name: 'Firefox', packages: ['firefox-esr'], found: find }],
    ['  elsewhere:       with your package manager, or set FIREFOX_PATH'],
  );
  return find();
}
