// Every way to store a pointer from JavaScript has its barrier (C7): the object that is stored into is old and nothing
// else refers to what is stored, so a minor collection finds it only through the card of the store.

import { createHeap, t, type Heap } from 'mallocgc';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { definePlaces } from './support.ts';

type Types = ReturnType<typeof definePlaces>;
const newAll = (heap: Heap, types: Types) => heap.newobject(types.All);

let heap: Heap;
let types: Types;
let all: ReturnType<typeof newAll>;
beforeEach(async () => {
  heap = await createHeap({
    ...{ mode: 'generational', schedule: 'manual', maxBytes: 1 << 26 },
    debug: { checkmark: true, poison: true, verify: true },
  });
  types = definePlaces(heap);
  all = newAll(heap, types);
});
afterEach(() => heap.dispose());

const fresh = () => heap.newobject(types.Node, { value: 7 });

/** Makes everything old. `store` puts young objects into it, and drops its handles of them. */
function survives(store: () => void, read: () => unknown): void {
  heap.GC();
  heap.minorGC();
  store();
  heap.minorGC();
  for (let i = 0; i < 1000; i++) heap.newobject(types.Node, { value: -1 })[Symbol.dispose]();
  expect(read()).toBe(7);
}

/** Returns a function that stores a young object whose handle is gone afterwards. */
function storing(store: (node: ReturnType<typeof fresh>) => void): () => void {
  return () => {
    const node = fresh();
    store(node);
    node[Symbol.dispose]();
  };
}

test('a reference', () => {
  survives(
    storing((node) => (all.one = node)),
    () => all.one?.value,
  );
});

test('a reference to whatever', () => {
  survives(
    storing((node) => (all.any = node)),
    () => (all.any as ReturnType<typeof fresh>).value,
  );
});

test('a string', () => {
  survives(
    () => (all.text = 'seven bytes and some more'),
    () => (all.text === 'seven bytes and some more' ? 7 : all.text),
  );
});

test('a slice, and an element of one', () => {
  survives(
    storing((node) => (all.list = [node] as never)),
    () => all.list.at(0)?.value,
  );
  survives(
    storing((node) => all.list.set(0, node)),
    () => all.list.at(0)?.value,
  );
});

test('an element of an array, inside an object and by itself', () => {
  const array = heap.newarray(t.ref(types.Node), 2000);
  survives(
    storing((node) => all.four.set(3, node)),
    () => all.four.at(3)?.value,
  );
  survives(
    storing((node) => array.set(1999, node)),
    () => array.at(1999)?.value,
  );
});

test('a struct that is copied, and an array inside an object', () => {
  survives(
    storing((node) => {
      const pair = heap.newobject(types.Pair, { right: node });
      all.pair = pair;
      pair[Symbol.dispose]();
    }),
    () => all.pair.right?.value,
  );
  survives(
    storing((node) => {
      const other = heap.newobject(types.All, { four: [null, node, null, null] });
      all.four = other.four;
      other[Symbol.dispose]();
    }),
    () => all.four.at(1)?.value,
  );
  survives(
    storing((node) => types.All.assign(all, { one: node })),
    () => all.one?.value,
  );
});

test('a cursor that moves to what is unlinked behind it', () => {
  const head = heap.newobject(types.Large, { value: 1 });
  const cursor = types.Large.cursor(head);
  survives(
    () => {
      const next = heap.newobject(types.Large, { value: 7 });
      head.next = next;
      next[Symbol.dispose]();
      expect(cursor.follow('next')).toBe(true);
      head.next = null;
    },
    () => cursor.value,
  );
});

test('a walk that goes on to what is unlinked behind it', () => {
  const head = heap.newobject(types.Large, { value: 1 });
  const walk = types.Large.walk(head, 'next')[Symbol.iterator]();
  const cursor = walk.next().value;
  survives(
    () => {
      const next = heap.newobject(types.Large, { value: 7 });
      head.next = next;
      next[Symbol.dispose]();
      expect(walk.next().done).toBe(false);
      head.next = null;
    },
    () => cursor?.value,
  );
});

test('raw: a reference, a string, and the barrier alone', () => {
  const { raw } = heap;
  const id = raw.typeId(types.Node);
  const address = (): number => {
    const object = raw.newobject(id);
    raw.storeI32(object + 4, 7);
    return object;
  };
  heap.scope((frame) => {
    const old = frame.root(raw.newobject(id));
    survives(
      () => raw.storeRef(old, address()),
      () => raw.loadI32(raw.loadRef(old) + 4),
    );
    survives(
      () => {
        raw.storeU32(old, address());
        raw.barrier(old);
      },
      () => raw.loadI32(raw.loadRef(old) + 4),
    );
    const text = frame.root(raw.newobject(raw.typeId(types.All)));
    const { offset } = types.All.fields.text;
    survives(
      () => raw.storeString(text + offset, 'a text of the heap'),
      () => raw.loadString(text + offset).length - 11,
    );
  });
});
