// The house rules see the repository like this: its own files, by path from the top, without what commands generate.

import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(fileURLToPath(new URL('.', import.meta.url)), '../..');

const kGenerated = new Set(['node_modules', 'build', 'dist', 'coverage', '.git', '.cache']);

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (kGenerated.has(entry.name)) return [];
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [path] : [];
  });
}

/** These are all files of the repository, sorted. */
export const files: readonly string[] = walk('').sort();

/** Returns the files below some folders with some extensions (`.cc`). */
export function select(folders: readonly string[], extensions: readonly string[]): string[] {
  return files.filter(
    (file) => folders.some((folder) => file.startsWith(`${folder}/`)) && extensions.includes(extname(file)),
  );
}

export function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Returns the number of the line, from 1, that holds an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) line++;
  return line;
}

export const kCpp = ['.cc', '.h', '.c'] as const;
export const kScript = ['.ts', '.mts', '.js', '.mjs'] as const;
