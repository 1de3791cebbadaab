// The declarations compile under every TypeScript from 5.2 on, strictly, with the libraries checked too: with and
// without the DOM library and @types/node, as modules and as CommonJS. One test measures the work for 400 types that
// refer to each other.

import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { output, Project, tool } from './places.ts';

const kVersions = ['52', '55', '59', '7'];
const kLibraries: readonly (readonly [string, object])[] = [
  ['as it comes', {}],
  ['without the DOM', { lib: ['ES2022'] }],
  ['with Symbol.dispose', { lib: ['ES2022', 'DOM', 'ESNext.Disposable'] }],
];

const kProgram = `
import { createHeap, createHeapSync, t, type Heap, type ViewOf } from 'mallocgc';
import { heapWasm } from 'mallocgc/inline';
import * as worker from 'mallocgc/worker';
export async function main(): Promise<number> {
  const heap: Heap = await createHeap({ module: heapWasm() });
  const { Node } = heap.defineTypes({ Node: { next: t.ref('Node'), value: t.i32, xs: t.slice(t.f32) } });
  const node: ViewOf<typeof Node> = heap.newobject(Node, { value: 1, xs: [1, 2] });
  const copy = heap.newobject(Node, { ...node, value: 2 });
  node[Symbol.dispose]();
  const floats: Float32Array = copy.xs.view();
  const other = await worker.createHeap({ memory: heap.memory });
  // @ts-expect-error a number
  copy.value = 'x';
  // @ts-expect-error no such field
  copy.nope;
  Node.assign(copy, { next: node.$, xs: new Uint8Array(2) });
  // @ts-expect-error a number
  Node.assign(copy, { value: 'x' });
  const sum = floats.length + (copy.next?.value ?? 0) + createHeapSync.length;
  return sum + heap.memory.buffer.byteLength + other.memStats().NumGC;
}
`;

const project = new Project('types');
beforeAll(() => project.create(), 300_000);

describe.each(kVersions)('TypeScript %s', (version) => {
  it.each(kLibraries)(
    '%s, with and without the types of Node',
    async (name, options) => {
      for (const types of [[], ['node']]) {
        const folder = `ts${version}-${name.replaceAll(' ', '-')}-${types.length}`;
        mkdirSync(project.path(folder), { recursive: true });
        for (const file of ['module.mts', 'common.cts']) writeFileSync(project.path(folder, file), kProgram);
        const compilerOptions = { noEmit: true, strict: true, target: 'ES2022', types, module: 'NodeNext', ...options };
        writeFileSync(project.path(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.?ts'] }));
        await output(process.execPath, [tool(`typescript${version}`, 'bin', 'tsc'), '-p', folder], project.folder);
      }
    },
    1_200_000,
  );
});

/** Returns a program with so many types that refer to each other, and a function for each. */
function manyTypes(count: number): string {
  const numbers = Array.from({ length: count }, (_, i) => i);
  const name = (i: number): string => `T${i % count}`;
  const types = numbers.map(
    (i) =>
      `${name(i)}: { a: t.ref('${name(i * 7 + 1)}'), b: t.ref('${name(i * 13 + 5)}'), kids: t.slice(t.ref('${name(i + 1)}')), n: t.i32 },`,
  );
  const uses = numbers.map(
    (i) => `export function f${i}() {
      const v = heap.newobject(types.${name(i)}, { n: ${i}, kids: [null] });
      v.a = heap.newobject(types.${name(i * 7 + 1)});
      return v.b?.a?.kids.at(0)?.n;
    }`,
  );
  return `import { createHeap, t } from 'mallocgc';
    const heap = await createHeap();
    const types = heap.defineTypes({ ${types.join('\n')} });
    ${uses.join('\n')}`;
}

describe('400 types that refer to each other', () => {
  const said: string[] = [];
  afterEach(() => console.log(said.at(-1)));

  it.each(kVersions)(
    'compile: TypeScript %s',
    async (version) => {
      const folder = `many${version}`;
      mkdirSync(project.path(folder), { recursive: true });
      writeFileSync(project.path(folder, 'many.mts'), manyTypes(400));
      const compilerOptions = {
        noEmit: true,
        strict: true,
        target: 'ES2022',
        types: [],
        module: 'NodeNext',
        skipLibCheck: true,
      };
      writeFileSync(project.path(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      const args = [tool(`typescript${version}`, 'bin', 'tsc'), '-p', folder, '--extendedDiagnostics'];
      const report = await output(process.execPath, args, project.folder);
      said.push(
        `TypeScript ${version}: ${/Instantiations: +(\d+)/.exec(report)?.[1]} instantiations, ${/Total time: +(\S+)/.exec(report)?.[1]}`,
      );
      // This counts work, not time, because a machine may be busy. Quadratic work would be some millions.
      expect(Number(/Instantiations: +(\d+)/.exec(report)?.[1])).toBeLessThan(500_000);
    },
    1_200_000,
  );
});
