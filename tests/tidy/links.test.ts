// The book keeps its word: every link of README.md and docs/ leads somewhere, and every file that the book or a comment
// names exists.

import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { files, kCpp, kScript, lineAt, read, select } from './repository.ts';

const kHouse = ['src', 'wasm', 'tools', 'js', 'demo', 'bench', 'examples', 'tests'];
const kBook = files.filter((file) => /^(docs\/.*|[^/]+)\.md$/.test(file));

/** Folders are known by the files in them. */
const folders = new Set(files.flatMap((file) => file.split('/').map((_, i, parts) => parts.slice(0, i).join('/'))));
const known = new Set(files);
const exists = (path: string): boolean => known.has(path) || folders.has(path.replace(/\/$/, ''));

/** Returns the text without fenced code, which shows examples and not promises. Lines stay. */
function withoutFences(text: string): string {
  return text.replace(/^```[^]*?^```/gm, (block) => block.replace(/[^\n]/g, ' '));
}

/** Returns the anchors that a reader of the rendered page can jump to. */
function anchorsOf(file: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, title = ''] of withoutFences(read(file)).matchAll(/^#{1,6} +(.+)$/gm)) {
    const plain = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .trim()
      .toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  for (const [, id = ''] of read(file).matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

/** Returns why a link leads nowhere, or null. */
function brokenLink(file: string, target: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return null;
  const [path = '', anchor] = target.split('#');
  const resolved = path === '' ? file : posix.join(posix.dirname(file), decodeURI(path));
  if (!exists(resolved)) return `no such file: ${target}`;
  if (anchor && resolved.endsWith('.md') && !anchorsOf(resolved).has(anchor)) return `no such heading: ${target}`;
  return null;
}

const kTopFolders = new Set([...folders].filter((folder) => folder !== '' && !folder.includes('/')));
const kLayerFolders = new Set([...folders].flatMap((folder) => /^src\/([^/]+)$/.exec(folder)?.[1] ?? []));

/** Returns whether a name in the text is a file's: from the top, from src/, or among the public headers. */
function isFileName(name: string): boolean {
  const first = name.split('/')[0] ?? '';
  return kTopFolders.has(first) || kLayerFolders.has(first) || (first === 'mallocgc' && name.endsWith('.h'));
}

function nameExists(file: string, name: string): boolean {
  const places = ['', 'src/', 'src/include/', 'src/abi/', `${posix.dirname(file)}/`];
  return places.some((place) => {
    const path = posix.normalize(place + name);
    if (exists(path)) return true;
    if (name.includes('*')) {
      const pattern = new RegExp(`^${path.replace(/[.+]/g, '\\$&').replace(/\*+/g, '.*')}$`);
      return files.some((candidate) => pattern.test(candidate));
    }
    // `alloc/small` stands for the header and the source of that name.
    return posix.extname(path) === '' && files.some((candidate) => candidate.startsWith(`${path}.`));
  });
}

describe('the book', () => {
  it('has no link that leads nowhere', () => {
    const broken = kBook.flatMap((file) => {
      const text = withoutFences(read(file));
      return [...text.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)(?: "[^"]*")?\)/g)].flatMap((match) => {
        const why = brokenLink(file, match[1] ?? '');
        return why === null ? [] : [`${file}:${lineAt(text, match.index)} ${why}`];
      });
    });
    expect(broken).toEqual([]);
  });

  it('names no file that does not exist', () => {
    const broken = kBook.flatMap((file) => {
      const text = withoutFences(read(file));
      return [...text.matchAll(/`([\w.@*-]+(?:\/[\w.@*-]+)+\/?)`/g)].flatMap((match) => {
        const name = match[1] ?? '';
        const isFine = !isFileName(name) || nameExists(file, name);
        return isFine ? [] : [`${file}:${lineAt(text, match.index)} ${name}`];
      });
    });
    expect(broken).toEqual([]);
  });
});

describe('a comment', () => {
  it('names no file that does not exist', () => {
    const rooms = [...kHouse, 'src/include/mallocgc', 'tests/cpp'];
    const name = /(?<![\w.$/@*{-])(?:[\w.-]+\/)+[\w.-]+\.(?:cc|h|c|mjs|ts|md|wat)\b/g;
    const broken = select(kHouse, [...kCpp, ...kScript]).flatMap((file) =>
      [...read(file).matchAll(/^[ \t]*(?:\/\/|\/?\*).*$/gm)].flatMap(({ 0: line, index }) =>
        (line.match(name) ?? [])
          .filter((path) => !rooms.some((room) => nameExists(file, `${room}/${path}`)) && !nameExists(file, path))
          .filter((path) => !path.startsWith('build/') && !/^(gtest|gmock)\//.test(path))
          .map((path) => `${file}:${lineAt(read(file), index)} ${path}`),
      ),
    );
    expect(broken).toEqual([]);
  });
});
