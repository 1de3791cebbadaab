// The tests of the JS face share this: heaps of the debug flavour that check themselves, errors by code, and the
// engine's collector.

import { setTimeout as sleep } from 'node:timers/promises';
import { createHeap, MallocgcError, t, type ErrorCode, type Heap, type HeapOptions } from 'mallocgc';
import { expect } from 'vitest';

export const kTurnsMax = 50;

/** What ships by default is tested like the debug flavour: `npm run test:js-default` runs these tests so. */
export const kInDefaultFlavour = process.env['MALLOCGC_FLAVOUR'] === 'default';

/**
 * Makes a small heap whose structures are walked after each collection; one of the default flavour, which cannot, where
 * that is tested. Nothing runs by itself.
 */
export function checkedHeap(options: HeapOptions = {}): Promise<Heap> {
  return createHeap({
    maxBytes: 1 << 26,
    schedule: 'manual',
    debug: kInDefaultFlavour ? {} : { verify: true, checkmark: true, poison: true },
    ...options,
  });
}

/** Walks the heap's structures; the default flavour cannot, and collects, which meets much of what is damaged. */
export function verified(heap: Heap): void {
  if (kInDefaultFlavour) heap.GC();
  else heap.verify();
}

/** Returns the error that `run` throws, which must be the package's. */
export function errorOf(run: () => unknown): MallocgcError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(MallocgcError);
    expect(error).toBeInstanceOf(Error);
    return error as MallocgcError;
  }
  throw new Error('nothing was thrown');
}

/** Asserts the code of the error that `run` throws. Returns its text. */
export function expectCode(run: () => unknown, code: ErrorCode): string {
  const error = errorOf(run);
  expect({ code: error.code, message: error.message }).toMatchObject({ code });
  return error.message;
}

/**
 * Runs the engine's collector until what it should bring about is there. Callbacks of a FinalizationRegistry are tasks.
 */
export async function collectUntil(isDone: () => boolean, turns = kTurnsMax): Promise<boolean> {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('these tests need --expose-gc');
  for (let turn = 0; turn < turns; turn++) {
    // These are tasks of their own: whoever looks at a WeakRef keeps its target until the end of the task.
    await sleep(turn < 5 ? 0 : 5);
    collect();
    await sleep(0);
    if (isDone()) return true;
  }
  return false;
}

/**
 * Returns whether the engine calls registries at all: one under load was seen to stop calling every
 * FinalizationRegistry of its process, for good.
 */
export async function engineTells(): Promise<boolean> {
  let told = false;
  const registry = new FinalizationRegistry<number>(() => {
    told = true;
  });
  (() => registry.register({}, 0))();
  return collectUntil(() => told, 5 * kTurnsMax);
}

/** Defines a type with every kind of place for a reference, and what it refers to. */
export const definePlaces = (heap: Heap) =>
  heap.defineTypes({
    Node: { next: t.ref('Node'), value: t.i32 },
    // It is large, so that it has no card in common with what belongs to a cursor.
    Large: { next: t.ref('Large'), value: t.i32, rest: t.bytes(4096) },
    Pair: { left: t.ref('Node'), right: t.ref('Node') },
    All: {
      one: t.ref('Node'),
      any: t.any,
      text: t.string,
      list: t.slice(t.ref('Node')),
      four: t.array(t.ref('Node'), 4),
      pair: t.struct('Pair'),
    },
  });

/** Defines a type with a field of nearly every kind, and the one that it has inside. */
export const defineUsers = (heap: Heap) =>
  heap.defineTypes({
    Vec: { x: t.f32, y: t.f32 },
    User: {
      name: t.string,
      age: t.i32,
      friend: t.ref('User'),
      pos: t.struct('Vec'),
      nums: t.slice(t.f64),
      big: t.i64,
      raw: t.bytes(2),
      tag: t.js,
      any: t.any,
    },
  });
