// This finds which room of the source a function of heap.wasm comes from. The names are in a build before stripping;
// the object files say which source file defines a name. Inline functions of headers are defined wherever they are
// used, so they are looked up by their class. What the compiler inlined belongs to the function it was inlined into.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Runs an LLVM tool under the names that distributions give it. */
function llvm(tool, args) {
  for (const suffix of ['', '-14', '-15', '-16', '-17', '-18', '-19']) {
    try {
      return execFileSync(tool + suffix, args, {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${tool} is needed, and is not installed (Debian: apt-get install llvm)`);
}

/**
 * Returns a name without its outermost arguments and template arguments, so that the spelling of types does not matter.
 */
export function bareName(name) {
  let depth = 0;
  let bare = '';
  for (const char of name
    .replaceAll('(anonymous namespace)::', '')
    .replace(/ const$/, '')
    .replace(/::\$_\d+::operator\(\)/, '')) {
    if (char === '(' && depth === 0) break;
    if (char === '<') depth++;
    else if (char === '>' && depth > 0) depth--;
    else if (depth === 0) bare += char;
  }
  return bare.trim().split(' ').at(-1);
}

/**
 * Returns bare name → source file, for names that exactly one source file defines. `objects` is the folder of the
 * target's object files.
 */
function definitionsIn(objects) {
  const files = new Map();
  const paths = readdirSync(objects, { recursive: true }).filter((name) => name.endsWith('.o'));
  for (const path of paths) {
    const source = path.replace(/\.o$/, '').replace(/^__\//, '');
    const file = source.startsWith('src/') ? source : join('wasm', source);
    for (const line of llvm('llvm-nm', ['--defined-only', '-C', join(objects, path)]).split('\n')) {
      const [, kind, name] = /^[0-9a-f]* *([A-Za-z]) (.*)$/.exec(line) ?? [];
      if (kind === 'T' || kind === 't') files.set(bareName(name), file);
    }
  }
  return files;
}

/**
 * Returns class or function name → header, by the definitions `class X {`, and by the inline functions of namespaces.
 */
function declarationsIn(root) {
  const files = new Map();
  for (const name of readdirSync(join(root, 'src'), { recursive: true }).filter((path) => path.endsWith('.h'))) {
    const text = readFileSync(join(root, 'src', name), 'utf8');
    for (const [, found] of text.matchAll(/^\s*(?:class|struct)\s+(?:\[\[\w+\]\]\s*)?(\w+)[^;()]*\{/gm))
      if (!files.has(found)) files.set(found, join('src', name));
    for (const [, found] of text.matchAll(/^(?:template.*\n)?[\w:<>&*,[\] ]*\binline\b[^(;]*?(\w+)\(/gm))
      if (!files.has(found)) files.set(found, join('src', name));
  }
  return files;
}

/** Returns a function that gives the source file of a name from the module's name section, or null. */
export function sourceFinder(root, objects) {
  const defined = definitionsIn(objects);
  const declared = declarationsIn(root);
  return (name) => {
    const bare = bareName(name);
    if (defined.has(bare)) return defined.get(bare);
    const parts = bare.split('::').reverse();
    return parts.map((part) => declared.get(part)).find(Boolean) ?? null;
  };
}

const gzipped = (bodies) => gzipSync(Buffer.concat(bodies), { level: 9 }).length;

/**
 * Groups functions ({ name, body }) by `keyOf(name)`: { key, functions, bytes, saved } with the largest first. `saved`
 * is what the compressed code would be smaller by without the group.
 */
export function groupFunctions(functions, keyOf) {
  const groups = new Map();
  for (const each of functions) {
    const key = keyOf(each.name);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const whole = gzipped(functions.map(({ body }) => body));
  return [...groups]
    .map(([key, members]) => ({
      key,
      functions: members.length,
      bytes: members.reduce((sum, { body }) => sum + body.length, 0),
      saved: whole - gzipped(functions.filter((each) => !members.includes(each)).map(({ body }) => body)),
    }))
    .sort((a, b) => b.bytes - a.bytes);
}

export const roomOf = (file) =>
  file === null ? 'other' : file.startsWith('src/') ? file.split('/').slice(0, 2).join('/') : file.split('/')[0];
