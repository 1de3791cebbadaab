// The emitter makes WebAssembly of a typed tree, as docs/abi.md asks for it. Objects are allocated in place, by moving
// the cursor of their type's slot; frames are pushed and popped in place; cards are marked in place (body.mjs).

import binaryen from 'binaryen';
import { Body } from './body.mjs';
import { isPointer, textOf } from './checker.mjs';
import { kWord, Layouts } from './layouts.mjs';

const { i32 } = binaryen;

class Emitter {
  constructor(tree, abi, isTold) {
    this.tree = tree;
    this.isTold = isTold;
    this.abi = abi;
    this.m = new binaryen.Module();
    this.m.setFeatures(
      binaryen.Features.BulkMemory | binaryen.Features.BulkMemoryOpt | binaryen.Features.MutableGlobals,
    );
    this.layouts = new Layouts();
    this.closures = [];
    this.labels = 0;
  }

  label() {
    return `again ${this.labels++}`;
  }
  recordOf(name) {
    return this.tree.records.find((record) => record.name === name);
  }
  closure(node) {
    const name = `fn ${this.closures.length}`;
    this.closures.push(name);
    const index = this.closures.length - 1;
    this.function(name, node, true);
    return index;
  }
  function(name, node, isClosure) {
    const body = new Body(this, node, isClosure);
    const code = body.emit();
    const parameters = Array.from({ length: body.parameters }, () => i32);
    const locals = Array.from({ length: body.locals - body.parameters }, () => i32);
    const made = this.m.addFunction(name, binaryen.createType(parameters), i32, locals, code);
    if (this.isTold) binaryen.Function.setLocalName(made, body.frame, 'frame');
  }
  /** Stores a value `count` times, behind the length of an array. */
  fill() {
    const { m } = this;
    const [array, count, value] = [0, 1, 2].map((local) => () => m.local.get(local, i32));
    const step = [
      m.local.set(0, m.i32.add(array(), m.i32.const(kWord))),
      m.i32.store(0, kWord, array(), value()),
      m.local.set(1, m.i32.sub(count(), m.i32.const(1))),
      m.br('again'),
    ];
    m.addFunction(
      'fill',
      binaryen.createType([i32, i32, i32]),
      binaryen.none,
      [],
      m.loop('again', m.if(count(), m.block(null, step))),
    );
  }
  emit() {
    const { m } = this;
    m.setMemory(1, 65536, null, [], false, false, 'memory');
    m.addMemoryImport('memory', 'env', 'memory');
    m.addFunctionImport('new', 'heap', 'mgc_new', i32, i32);
    m.addFunctionImport('malloc', 'heap', 'mgc_malloc', binaryen.createType([i32, i32, i32]), i32);
    if (this.isTold) m.addFunctionImport('tell', 'heap', 'mgc_mutator', binaryen.none, i32);
    for (const name of ['mutator', 'cards', 'card mask']) m.addGlobalImport(name, 'host', name, i32);
    this.fill();
    for (const node of this.tree.functions) {
      this.function(node.name, node, false);
      if (!node.parameters.some(({ type }) => isPointer(type)) && !isPointer(node.result))
        m.addFunctionExport(node.name, node.name);
    }
    this.layouts.list.forEach((_, i) => {
      for (const what of ['type', 'slot', 'bytes']) m.addGlobalImport(`${what} ${i}`, 'host', `${what} ${i}`, i32);
    });
    m.addTable('functions', Math.max(1, this.closures.length), Math.max(1, this.closures.length));
    m.addActiveElementSegment('functions', 'all', this.closures, m.i32.const(0));
    return this.layouts.list;
  }
}

/**
 * Returns { bytes, layouts } of a tree that is checked, for a heap that describes itself so (docs/abi.md). `optimise`
 * runs Binaryen's usual passes. With `isTold`, numbers are multiplied by one, and the mutator comes from its call: that
 * tells a checker of any module (docs/rooting.md) what is no pointer and where the frames are, and names are kept.
 */
export function emit(tree, abi, { optimise = true, isTold = false } = {}) {
  const emitter = new Emitter(tree, abi, isTold);
  try {
    const layouts = emitter.emit();
    if (!emitter.m.validate()) throw new Error(`not valid: ${tree.functions.map(({ result }) => textOf(result))}`);
    if (optimise) emitter.m.optimize();
    binaryen.setDebugInfo(isTold);
    return { bytes: Uint8Array.from(emitter.m.emitBinary()), layouts };
  } finally {
    binaryen.setDebugInfo(false);
    emitter.m.dispose();
  }
}
