// These tests say who may know whom: the layers of src/, the door in wasm/, the package in js/, its clients in demo/.

import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { includesOf, mask } from './cpp.ts';
import { files, kCpp, kScript, lineAt, read, select } from './repository.ts';
import { importsOf } from './script.ts';

/**
 * The layers go from the bottom up; a file includes its own layer and those before it. `abi` is the lowest: its headers
 * are installed and so know nothing else. `include` and `api` are one layer, the promise; `boehm` is a client of it.
 */
const kLayers = [
  ...[
    'abi',
    'base',
    'platform',
    'pages',
    'tables',
    'types',
    'spans',
    'specials',
    'alloc',
    'roots',
    'gc',
    'inspect',
    'heap',
  ],
  ...['include', 'api', 'boehm'],
];

/** The promise may know everything, and `api` implements what `include` declares, so both have one rank. */
function rank(layer: string): number {
  return Math.min(kLayers.indexOf(layer), kLayers.indexOf('include'));
}

/** Returns the file of the repository that an include means, or null when it is the system's. */
function resolveInclude(from: string, name: string): string | null {
  const candidates = [`src/${name}`, `src/include/${name}`, `src/abi/${name}`, posix.join(posix.dirname(from), name)];
  return candidates.find((path) => files.includes(path)) ?? null;
}

const isPublic = (file: string): boolean => /^src\/(include|abi)\/mallocgc\//.test(file);

function brokenIncludes(file: string, allowed: (target: string) => boolean): string[] {
  return includesOf(read(file)).flatMap(({ name, isSystem, line }) => {
    const target = resolveInclude(file, name);
    if (target === null)
      return isSystem && !name.startsWith('mallocgc/') ? [] : [`${file}:${line} no such file: ${name}`];
    return allowed(target) ? [] : [`${file}:${line} may not include ${target}`];
  });
}

describe('src', () => {
  const sources = select(['src'], kCpp);

  it('has no folder but its layers', () => {
    expect(sources.filter((file) => !kLayers.includes(file.split('/')[1] ?? ''))).toEqual([]);
  });

  it('includes only downwards', () => {
    const broken = sources.flatMap((file) => {
      const own = rank(file.split('/')[1] ?? '');
      return brokenIncludes(file, (target) => target.startsWith('src/') && rank(target.split('/')[1] ?? '') <= own);
    });
    expect(broken).toEqual([]);
  });

  it("has Boehm's interface as a client that knows the promise only", () => {
    const room = sources.filter((file) => file.startsWith('src/boehm/'));
    expect(room.length).toBeGreaterThan(5);
    const allowed = (target: string): boolean => isPublic(target) || target.startsWith('src/boehm/');
    expect(room.flatMap((file) => brokenIncludes(file, allowed))).toEqual([]);
  });

  it('installs headers that need nothing but installed headers', () => {
    expect(sources.filter(isPublic).flatMap((file) => brokenIncludes(file, isPublic))).toEqual([]);
  });

  it('names platforms only in platform/', () => {
    const broken = [...sources, ...select(['wasm'], kCpp)]
      .filter((file) => !file.startsWith('src/platform/'))
      .flatMap((file) => {
        const text = read(file);
        return [
          ...mask(text).matchAll(/\b(__EMSCRIPTEN__|_WIN32|_WIN64|__linux__|__APPLE__|__unix__|__wasm\w*__)\b/g),
        ].map((match) => `${file}:${lineAt(text, match.index)} ${match[0]}`);
      });
    expect(broken).toEqual([]);
  });
});

describe('wasm', () => {
  it('includes public headers only', () => {
    const broken = select(['wasm'], kCpp).flatMap((file) =>
      brokenIncludes(file, (target) => isPublic(target) || target.startsWith('wasm/')),
    );
    expect(broken).toEqual([]);
  });
});

/** Returns the imports of scripts below `folder` that leave it, other than to packages and Node. */
function strayImports(folder: string): string[] {
  return select([folder], kScript).flatMap((file) =>
    importsOf(file)
      .filter(({ name }) => name.startsWith('.') || name.startsWith('/'))
      .filter(({ name }) => !posix.join(posix.dirname(file), name).startsWith(`${folder}/`))
      .map(({ name, line }) => `${file}:${line} imports ${name}`),
  );
}

describe('js', () => {
  it('imports nothing from outside its folder', () => {
    expect(strayImports('js/src')).toEqual([]);
  });

  it('imports no package that its users would not get', () => {
    const { dependencies = {} } = JSON.parse(read('package.json')) as { dependencies?: Record<string, string> };
    const broken = select(['js/src'], kScript).flatMap((file) =>
      importsOf(file)
        .filter(({ name }) => !name.startsWith('.') && !(name in dependencies))
        .map(({ name, line }) => `${file}:${line} imports ${name}`),
    );
    expect(broken).toEqual([]);
  });

  it('has no import cycles, not even of types', () => {
    const graph = new Map(
      select(['js/src'], kScript).map((file) => [
        file,
        importsOf(file)
          .filter(({ name }) => name.startsWith('.'))
          .map(({ name }) => posix.join(posix.dirname(file), name).replace(/\.js$/, '.ts')),
      ]),
    );
    expect(findCycles(graph)).toEqual([]);
  });
});

/** Returns each cycle that the depth-first search closes, as `a -> b -> a`. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (done.has(file) || path.includes(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

describe('demo', () => {
  it('knows the package by its name only', () => {
    expect(strayImports('demo')).toEqual([]);
  });
});

describe('the search for cycles', () => {
  it('finds one and leaves a diamond alone', () => {
    expect(
      findCycles(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
    ).toEqual(['b -> c -> b']);
    expect(
      findCycles(
        new Map([
          ['a', ['b', 'c']],
          ['b', ['d']],
          ['c', ['d']],
          ['d', []],
        ]),
      ),
    ).toEqual([]);
  });
});
