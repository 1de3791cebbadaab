// These are C and C++ programs that link the heap with Emscripten, once they are rooted: programs of Boehm's interface,
// whose locals are their only roots.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import { beforeAll, describe, expect, it } from 'vitest';
import { rootAndVerify } from '../../tools/rooting/root.mjs';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const kFolder = here('../../build/rooting/linked/');
const kLibraries = ['libmallocgc_boehm.a', 'libmallocgc.a'].map((name) => here(`../../build/wasm/${name}`));
const kTimeout = 300_000;

/** Builds a program. Returns the script that runs it, beside its module. */
function build(name: string, source: string): string {
  mkdirSync(kFolder, { recursive: true });
  writeFileSync(`${kFolder}package.json`, '{ "type": "commonjs" }');
  const script = `${kFolder}${name}.js`;
  execFileSync(
    source.endsWith('.c') ? 'emcc' : 'em++',
    [
      ...[source, ...kLibraries, '-O1', '-g2', '-o', script, ...(source.endsWith('.c') ? [] : ['-std=c++17'])],
      ...['-DMALLOCGC_FLAVOUR_DEBUG=0', '-DMALLOCGC_FLAVOUR_LEAN=0', '-sENVIRONMENT=node', '-sEXIT_RUNTIME'],
      ...['-sALLOW_MEMORY_GROWTH', '-sINITIAL_MEMORY=64MB', '-sMAXIMUM_MEMORY=1GB', '-sWASM_ASYNC_COMPILATION=0'],
      ...['-I', here('../../src/include/mallocgc/boehm'), '-I', here('../../src/include'), '-I', here('../../src/abi')],
    ],
    { env: { ...process.env, NODE_PATH: '/usr/share/nodejs' } },
  );
  return script;
}

function root(script: string, optimise: number, barriers = false): string {
  const module = script.replace(/js$/, 'wasm');
  const options = { binaryen, optimise, barriers };
  const { bytes, reports, counters } = rootAndVerify(new Uint8Array(readFileSync(module)), options);
  expect(reports).toEqual([]);
  expect(counters.thunks).toBe(0);
  const rooted = script.replace(/[.]js$/, `.rooted${optimise}${barriers ? 'b' : ''}.js`);
  writeFileSync(rooted.replace(/js$/, 'wasm'), bytes);
  const base = module.slice(kFolder.length);
  writeFileSync(
    rooted,
    readFileSync(script, 'utf8').replaceAll(base, rooted.replace(/js$/, 'wasm').slice(kFolder.length)),
  );
  return rooted;
}

function lastLine(script: string, ...args: readonly string[]): string {
  const { stdout } = spawnSync('node', [script, ...args], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return stdout.trim().split('\n').at(-1) ?? '';
}

beforeAll(() => {
  for (const library of kLibraries)
    if (!existsSync(library)) throw new Error(`${library} is missing: npm run build makes it`);
});

describe.each(['boehm_test.c', 'boehm_lifecycle_test.c', 'boehm_kinds_test.c'])(
  "Boehm's interface as wasm: %s",
  (name) => {
    let script = '';
    it('is built', { timeout: kTimeout }, () => {
      script = build(name.replace(/[.].*/, ''), here(`../boehm/${name}`));
    });
    it('works once it is rooted', { timeout: kTimeout }, () => {
      expect(lastLine(root(script, 0))).toMatch(/^[1-9][0-9]* passed, 0 failed$/);
    });
    it('does not, unrooted', { timeout: kTimeout }, () => {
      expect(lastLine(script)).not.toMatch(/passed, 0 failed$/);
    });
  },
);

/** Makes a heap in the mode of its argument, and says what became of it. */
const kModesProgram = `
#include <mallocgc/mallocgc.h>
#include <stdio.h>
#include <stdlib.h>
int main(int count, char** words) {
  mgc_options options = {.mode = count > 1 ? (uint32_t)atoi(words[1]) : 0};
  mgc_stats_data stats;
  mgc_heap* heap;
  int enabled, minor;
  if (mgc_heap_create(&options, &heap) != MGC_OK) return 1;
  enabled = mgc_enable_c_stack(mgc_main_mutator(heap));
  minor = mgc_collect_minor(heap);
  mgc_stats(heap, &stats);
  printf("enabled %d, minor %d, mode %d\\n", enabled, minor, (int)stats.mode);
  return 0;
}
`;

/** Lists live in locals while JavaScript, which the tool knows nothing of, calls back and makes others. */
const kForeignProgram = `
#include <emscripten.h>
#include <gc.h>
#include <stdio.h>
typedef struct cell { struct cell* next; long value; } cell;
EM_JS(long, through_foreign_code, (long n), { return Module._make(n); });
static cell* list_of(long n) {
  cell* list = NULL;
  for (long i = 0; i < n; ++i) {
    cell* const made = GC_NEW(cell);
    made->next = list;
    made->value = i;
    list = made;
  }
  return list;
}
static long sum_of(const cell* list) {
  long sum = 0;
  for (; list != NULL; list = list->next) sum += list->value;
  return sum;
}
EMSCRIPTEN_KEEPALIVE long make(long n) {
  cell* const list = list_of(n);
  GC_gcollect();
  for (int i = 0; i < 10; ++i) list_of(n);
  return sum_of(list);
}
int main(void) {
  FILE* const file = fopen("/a file", "w");
  cell* const list = list_of(1000);
  long sum = through_foreign_code(2000);
  sum += sum_of(list);
  printf("%ld %d\\n", sum, file != NULL);
  return 0;
}
`;

describe('a program that calls foreign code', () => {
  it('is rooted, with the heap in it', { timeout: kTimeout }, () => {
    mkdirSync(kFolder, { recursive: true });
    writeFileSync(`${kFolder}foreign.c`, kForeignProgram);
    expect(lastLine(root(build('foreign', `${kFolder}foreign.c`), 0))).toBe('2498500 1');
  });
});

describe('a program that links the heap', () => {
  let script = '';
  it('is built', { timeout: kTimeout }, () => {
    mkdirSync(kFolder, { recursive: true });
    writeFileSync(`${kFolder}modes.c`, kModesProgram);
    script = build('modes', `${kFolder}modes.c`);
  });

  it('tells its heap that stores mark no cards, once it is rooted without barriers', { timeout: kTimeout }, () => {
    const rooted = root(script, 0);
    expect(lastLine(rooted)).toBe('enabled 0, minor 5, mode 1');
    expect(lastLine(rooted, '1')).toBe('enabled 0, minor 5, mode 1');
    // A mode that was asked for by name needs barriers: the stack is not enabled.
    expect(lastLine(rooted, '3')).toBe('enabled 5, minor 0, mode 3');
  });

  it('says nothing of it where barriers were added, or where it is not rooted', { timeout: kTimeout }, () => {
    for (const each of [script, root(script, 0, true)]) expect(lastLine(each, '3')).toBe('enabled 0, minor 0, mode 3');
  });

  it('is refused where it cannot be told', { timeout: kTimeout }, () => {
    const bytes = new Uint8Array(readFileSync(script.replace(/js$/, 'wasm')));
    const text = Buffer.from(bytes)
      .toString('latin1')
      .replaceAll('is_rooted_without_barriers', 'is_rooted_without_barrierz');
    const other = new Uint8Array(Buffer.from(text, 'latin1'));
    expect(() => rootAndVerify(other, {})).toThrow(/cannot be told that stores mark no cards/);
    expect(rootAndVerify(other, { barriers: true }).reports).toEqual([]);
  });
});
