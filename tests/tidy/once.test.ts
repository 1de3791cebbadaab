// A number stands once. What is written in two places is tied together here, where the compiler does not tie it.

import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { each, lineOf, parse } from './script.ts';
import { kScript, lineAt, read, select } from './repository.ts';

const kAbi = read('src/abi/mallocgc/abi.h');
const kFace = read('src/include/mallocgc/mallocgc.h');
const kDescribe = read('wasm/describe.cc');

/** Returns the enumerators with a prefix, in the order of the header. */
function enumerators(header: string, prefix: string): string[] {
  const code = header.replace(/\/\*[^]*?\*\//g, '');
  return [...code.matchAll(/\benum \{([^}]*)\}/g)].flatMap(([, body = '']) =>
    [...body.matchAll(/\b(MGC_\w+)/g)].flatMap(([, name = '']) =>
      name.startsWith(prefix) ? [name.slice(prefix.length)] : [],
    ),
  );
}

/** Returns what an X-list of describe.cc names. */
function listed(name: string): string[] {
  const body = new RegExp(`#define ${name}\\(X\\)((?:[^\\n]*\\\\\\n)*[^\\n]*)`).exec(kDescribe)?.[1] ?? '';
  return [...body.matchAll(/\bX\((\w+)\)/g)].map(([, entry = '']) => entry);
}

/** Returns what lines of their own name, as V("prefix.NAME", …). */
function lines(prefix: string): string[] {
  return [...kDescribe.matchAll(/V\("(\w+)\.([A-Z]\w*)"/g)].flatMap(([, of, name = '']) =>
    of === prefix ? [name] : [],
  );
}

describe('the self-description', () => {
  const statuses = enumerators(kAbi, 'MGC_').slice(0, enumerators(kAbi, 'MGC_').indexOf('NOSCAN'));
  const flags = enumerators(kAbi, 'MGC_').slice(statuses.length, enumerators(kAbi, 'MGC_').indexOf('PROG_END'));

  it.each([
    ['statuses', statuses, [...listed('CORE_STATUSES'), ...listed('MORE_STATUSES')]],
    ['allocation flags', flags, listed('FLAGS')],
    ['words of programs', enumerators(kAbi, 'MGC_PROG_'), listed('PROGRAM_WORDS')],
    ['tails', enumerators(kAbi, 'MGC_TAIL_'), listed('TAILS')],
    ['kinds of fields', enumerators(kAbi, 'MGC_FIELD_'), listed('FIELD_KINDS')],
    ['modes', enumerators(kAbi, 'MGC_MODE_'), listed('MODES')],
    ['debug flags', enumerators(kAbi, 'MGC_DEBUG_'), listed('DEBUG_FLAGS')],
    ['events', enumerators(kAbi, 'MGC_EVENT_'), listed('EVENTS')],
    ['kinds of what is ready', enumerators(kFace, 'MGC_READY_'), listed('READY_KINDS')],
    ['links', enumerators(kAbi, 'MGC_LINK_'), lines('link')],
    ['states of a slot', enumerators(kAbi, 'MGC_SLOT_'), lines('slot')],
    ['flags of a span', enumerators(kAbi, 'MGC_SPAN_'), lines('span')],
    ['flags of a filter', enumerators(kAbi, 'MGC_FILTER_'), lines('filter')],
  ])('names all %s of the header', (_, declared, described) => {
    expect(declared.length).toBeGreaterThan(0);
    expect([...described].sort()).toEqual([...declared].sort());
  });
});

describe('a default', () => {
  const numberNamed = (file: string, name: string): number => {
    const text = new RegExp(`\\b${name} = ([^;]+);`).exec(read(file))?.[1]?.replace(/uint64_t\{(\d+)\}/g, '$1');
    const [, base = '', operator, by = ''] = /^(\d+)(?: (<<|\*\*) (\d+))?$/.exec(text ?? '') ?? [];
    return operator === '<<' ? Number(base) * 2 ** Number(by) : operator ? Number(base) ** Number(by) : Number(base);
  };

  it('of the package is that of the heap', () => {
    expect(numberNamed('js/src/options.ts', 'kDefaultMaxBytes')).toBe(
      numberNamed('src/heap/terms.h', 'kDefaultMaxBytes'),
    );
    expect(numberNamed('js/src/options.ts', 'kDefaultPercent')).toBe(numberNamed('src/gc/pacer.h', 'kDefaultPercent'));
  });

  it('is defined once', () => {
    const defined = select(['src', 'wasm', 'js/src'], ['.cc', '.h', '.ts']).flatMap((file) =>
      [...read(file).matchAll(/\b(kDefault\w+) = /g)].map(([, name]) => `${file.split('/')[0]} ${name}`),
    );
    expect(defined.filter((name, i) => defined.indexOf(name) !== i)).toEqual([]);
  });
});

describe('an address', () => {
  it('and a handle’s number are no plain numbers for the compiler', () => {
    const source = parse('js/src/abi.ts');
    const branded: string[] = [];
    each(source, (node) => {
      if (ts.isTypeAliasDeclaration(node) && ts.isIntersectionTypeNode(node.type)) branded.push(node.name.text);
    });
    expect(branded).toEqual(['Address', 'HandleId']);
  });

  it('that is private to the package is declared as one', () => {
    const stray = select(['js/src'], kScript).flatMap((file) => {
      const source = parse(file);
      const found: string[] = [];
      each(source, (node) => {
        if (!ts.isParameter(node) || node.type?.kind !== ts.SyntaxKind.NumberKeyword) return;
        if (!/^(address|slot)$/.test(node.name.getText(source))) return;
        // Users may call these with any number, and the codecs of text take any place in any array.
        if (/^js\/src\/(raw|scope|heap|walk|utf8|memory)\.ts$/.test(file)) return;
        found.push(`${file}:${lineOf(source, node)}`);
      });
      return found;
    });
    expect(stray).toEqual([]);
  });
});

describe('the size of a word', () => {
  it('is asked of the module, wherever the package steps from one word to the next', () => {
    const stray = select(['js/src'], kScript).flatMap((file) => {
      const text = read(file);
      return [...text.matchAll(/\b(address|slot|slots|anchor|at) \+ [48]\b/g)].map(
        (match) => `${file}:${lineAt(text, match.index)} ${match[0]}`,
      );
    });
    expect(stray).toEqual([]);
  });
});
