// Some places have little. The package runs with no global except WebAssembly and those of the language, as in a
// worklet. Its own decoder of texts stands in there, and is compared with the engine's.

import { createContext, runInContext } from 'node:vm';
import * as esbuild from 'esbuild';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readByHand, utf8Length, utf8Write } from '../../dist/utf8.js';

const kDist = new URL('../../dist/', import.meta.url).pathname;
/** The language itself has these, and nothing that a host adds. FinalizationRegistry and WeakRef are left out too. */
const kLanguage = [
  ...[
    'globalThis',
    'Infinity',
    'NaN',
    'undefined',
    'isFinite',
    'isNaN',
    'parseFloat',
    'parseInt',
    'Object',
    'Function',
  ],
  ...['Array', 'Number', 'String', 'Boolean', 'Symbol', 'BigInt', 'Math', 'JSON', 'Reflect', 'Proxy', 'Date', 'RegExp'],
  ...['Map', 'Set', 'WeakMap', 'WeakSet', 'Promise', 'ArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array'],
  ...['Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array'],
  ...['BigInt64Array', 'BigUint64Array', 'Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError'],
  ...['EvalError', 'URIError', 'AggregateError', 'Iterator', 'WebAssembly'],
];

/**
 * Runs a script that bundles an entry of dist/ in a realm without anything else. Returns what the script puts into
 * `result`.
 */
async function runBare(entry: string, program: string): Promise<unknown> {
  const { outputFiles } = await esbuild.build({
    ...{ bundle: true, format: 'iife', write: false, target: 'es2022', logLevel: 'silent' },
    stdin: { contents: `import * as mallocgc from './${entry}.js';\n${program}`, resolveDir: kDist },
  });
  const script = outputFiles[0]?.text ?? '';
  const context = createContext({});
  runInContext(
    `for (const name of Object.getOwnPropertyNames(globalThis))
       if (!${JSON.stringify(kLanguage)}.includes(name)) delete globalThis[name];`,
    context,
  );
  expect(runInContext('typeof TextEncoder + typeof performance + typeof console + typeof WeakRef', context)).toBe(
    'undefined'.repeat(4),
  );
  runInContext(script, context);
  return runInContext('globalThis.result', context);
}

const kWork = `
  const work = (heap) => {
    const { Node } = heap.defineTypes({ Node: { next: mallocgc.t.ref('Node'), n: mallocgc.t.i32, s: mallocgc.t.string } });
    const long = 'wörld \\u{1F30D} \\ud800 '.repeat(40);
    const first = heap.newobject(Node, { n: 1, s: long, next: heap.newobject(Node, { n: 2 }) });
    const gone = [];
    heap.scope((frame) => heap.SetFinalizer(frame.newobject(Node, { n: 5 }), ({ n }) => void gone.push(n)));
    heap.AddCleanup(heap.weak(first).deref(), (n) => void gone.push(n), 7);
    heap.GC();
    heap.mallocgc(1 << 25, null, mallocgc.Flags.noScan).dispose();
    const said = [first.n, first.next.n, first.s === long];
    try { heap.newobject(Node, { n: 'x' }); } catch (error) { said.push(error.code); }
    return new Promise((done) => globalThis.Promise.resolve().then(() => {
      heap.runFinalizers();
      heap.dispose();
      done([...said, ...gone].join(' '));
    }));
  };`;
const kSays = '1 2 true BAD_ARGUMENT 5';

describe('in a realm with nothing but the language and WebAssembly', () => {
  it('mallocgc/inline works', async () => {
    const result = runBare('inline', `${kWork} globalThis.result = mallocgc.createHeap().then(work);`);
    expect(await result).toBe(kSays);
  });

  it('createHeapSync of mallocgc works', async () => {
    const program = `import { heapWasm } from './bytes.js'; ${kWork}
      globalThis.result = work(mallocgc.createHeapSync(new WebAssembly.Module(heapWasm())));`;
    expect(await runBare('index', program)).toBe(kSays);
  });

  it('mallocgc/worker takes a module', async () => {
    const program = `import { heapWasm } from './bytes.js'; ${kWork}
      globalThis.result = mallocgc.createHeap({ module: heapWasm() }).then(work);`;
    expect(await runBare('worker', program)).toBe(kSays);
  });

  it('the finalizers of an automatic collection run by themselves', async () => {
    const program = `const heap = mallocgc.createHeap({ minHeapBytes: 1 << 18 });
      globalThis.result = heap.then((heap) => new Promise((done) => {
        const { Leaf } = heap.defineTypes({ Leaf: { n: mallocgc.t.i32 } });
        heap.scope((frame) => heap.SetFinalizer(frame.newobject(Leaf, { n: 5 }), (leaf) => done(leaf.n)));
        for (let i = 0; i < 100; i++) heap.scope((frame) => { for (let k = 0; k < 1000; k++) frame.newobject(Leaf); });
      }));`;
    expect(await runBare('inline', program)).toBe(5);
  });
});

it.each(['inline', 'worker', 'sync'])('%s reaches no import()', async (entry) => {
  const { metafile } = await esbuild.build({
    ...{ bundle: true, format: 'esm', write: false, metafile: true, treeShaking: false, logLevel: 'silent' },
    entryPoints: [`${kDist}${entry}.js`],
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  expect(imports.length).toBeGreaterThan(10);
  expect(imports.filter(({ kind }) => kind !== 'import-statement')).toEqual([]);
});

describe('the decoder without the engine', () => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  it('reads whatever bytes as the engine does', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc
        .constantFrom('ü', '\u{10ffff}', '\u0800', 'a', '\uffff', '\ufeff')
        .map((text) => new TextEncoder().encode(text)),
      fc
        .constantFrom([0xf4, 0x90, 0x80, 0x80], [0xe0, 0x80], [0xc1, 0xbf], [0xf0, 0x9f], [0xe1, 0x80, 0x41])
        .map((bytes) => Uint8Array.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const bytes = Uint8Array.from(pieces.flatMap((part) => [...part]));
        // Surrogates are read as they are, which the engine refuses: the test of texts has them.
        for (let i = 0; i + 1 < bytes.length; i++) if (bytes[i] === 0xed && (bytes[i + 1] ?? 0) >= 0xa0) return;
        expect(readByHand(bytes, 0, bytes.length)).toBe(decoder.decode(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it('reads every text as it was written, lone surrogates and lengths beyond a call’s arguments included', () => {
    const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
    fc.assert(
      fc.property(text, fc.nat({ max: 3 }), (piece, power) => {
        const whole = piece.repeat(10 ** power);
        const bytes = utf8Length(whole);
        const u8 = new Uint8Array(bytes + 2);
        utf8Write(whole, u8, 1, bytes);
        expect(readByHand(u8, 1, bytes + 1) === whole).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
