// This reads TypeScript and JavaScript for the house rules, with the compiler's own parser.

import ts from 'typescript';
import { read } from './repository.ts';

export interface Import {
  readonly name: string;
  readonly line: number;
}

export function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
}

/** Calls `visit` for a node and everything below it. */
export function each(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => each(child, visit));
}

export function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/** Returns what a file imports or re-exports, import() with a literal included. */
export function importsOf(file: string): Import[] {
  const source = parse(file);
  const found: Import[] = [];
  each(source, (node) => {
    const line = lineOf(source, node);
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ name: node.moduleSpecifier.text, line });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ name: node.moduleSpecifier.text, line });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteral(argument)) found.push({ name: argument.text, line });
    }
  });
  return found;
}

/** Returns the functions of a file with the line they begin on and their number of lines. */
export function functionsOf(file: string): { name: string; line: number; lines: number }[] {
  const source = parse(file);
  const found: { name: string; line: number; lines: number }[] = [];
  each(source, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return;
    const line = lineOf(source, node);
    const lines = source.getLineAndCharacterOfPosition(node.getEnd()).line + 2 - line;
    found.push({ name: node.name?.getText(source) ?? '(unnamed)', line, lines });
  });
  return found;
}
