// Every public operation of the npm package has a row in the table that tests/js/operations.test.ts fails everywhere.

import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { read } from './repository.ts';
import { parse } from './script.ts';

const kRows = read('tests/js/operations.ts');

/** Returns where the public names of an entry come from: `[name, file]`. */
function exportsOf(file: string): [string, string][] {
  const found: [string, string][] = [];
  parse(file).forEachChild((node) => {
    if (!ts.isExportDeclaration(node) || !node.exportClause || !ts.isNamedExports(node.exportClause)) return;
    const from = (node.moduleSpecifier as ts.StringLiteral | undefined)?.text ?? `./${file.split('/').at(-1)}`;
    for (const { name } of node.exportClause.elements) found.push([name.text, from.replace('.js', '.ts').slice(2)]);
  });
  return found;
}

const isInternal = (node: ts.Node): boolean => ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal');

/** Returns what can be called or read of a class from outside: names in words, without the constructor. */
function membersOf(node: ts.ClassDeclaration): string[] {
  return node.members.flatMap((member) => {
    const isHidden = ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Static | ts.ModifierFlags.Private);
    if (isHidden || isInternal(member) || !member.name || !ts.isIdentifier(member.name)) return [];
    return [member.name.text];
  });
}

/** Returns the operations of a public name: a function's, or the members of a class. */
function operationsOf(name: string, file: string): string[] {
  const found: string[] = [];
  parse(`js/src/${file}`).forEachChild((node) => {
    if (ts.isFunctionDeclaration(node) && node.name?.text === name) found.push(name);
    if (ts.isClassDeclaration(node) && node.name?.text === name)
      found.push(...membersOf(node).map((member) => `${name}.${member}`));
  });
  return found;
}

describe('the table of operations', () => {
  const rows = new Set<string>();
  parse('tests/js/operations.ts').forEachChild((node) => {
    if (!ts.isVariableStatement(node)) return;
    const [declaration] = node.declarationList.declarations;
    const list = declaration?.name.getText() ?? '';
    const object = declaration?.initializer;
    if (object === undefined || !ts.isObjectLiteralExpression(object)) return;
    const prefix = list === 'kOthers' ? '' : `${list === 'kRaw' ? 'RawHeap' : list.replace(/^k/, '')}.`;
    for (const property of object.properties)
      if (ts.isPropertyAssignment(property))
        rows.add(prefix + (property.name as ts.Identifier | ts.StringLiteral).text);
  });

  it('has all of them', () => {
    const exported = exportsOf('js/src/public.ts').filter(([name]) => name !== 'MallocgcError');
    const operations = exported.flatMap(([name, file]) => operationsOf(name, file));
    expect(operations.length).toBeGreaterThan(100);
    // The operations of numbers are made from a list of their kinds.
    const isListed = (operation: string): boolean =>
      /^RawHeap\.(load|store)[IUF](8|16|32)$|^RawHeap\.(load|store)F64$/.test(operation);
    expect(operations.filter((operation) => !rows.has(operation) && !isListed(operation))).toEqual([]);
  });

  it('has every kind of field, reading and writing', () => {
    expect(kRows).toMatch(/Object\.keys\(t\)\.map\(\(kind\) => \[`get \$/);
    const values = /kValues = \{([\s\S]*?)\} as const/.exec(kRows)?.[1] ?? '';
    const kinds = [
      ...(read('js/src/fields.ts')
        .split('export const t = ')[1]
        ?.matchAll(/^ {2}(\w+):/gm) ?? []),
    ];
    expect(kinds.length).toBeGreaterThan(15);
    const written = (kind: string): boolean => rows.has(`View.set ${kind}`) || new RegExp(`\\b${kind}: `).test(values);
    expect(kinds.map(([, kind]) => kind as string).filter((kind) => !written(kind))).toEqual([]);
  });
});
