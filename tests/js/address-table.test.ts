// The table by address is compared with a Map: it is the same after any operations, however keys collide.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Address } from '../../js/src/abi.ts';
import { AddressTable } from '../../js/src/address-table.ts';

it('inv.js.table: holds what a Map holds', () => {
  const key = fc.integer({ min: 1, max: 40 }).map((n) => ((n * 0x10001000) >>> 0 || 8) as Address);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, fc.constantFrom('set', 'delete', 'clear'), fc.nat()), { maxLength: 400 }),
      (steps) => {
        const table = new AddressTable<number>();
        const map = new Map<Address, number>();
        for (const [at, what, value] of steps) {
          if (what === 'set') {
            table.set(at, value);
            map.set(at, value);
          } else if (what === 'delete') {
            table.delete(at);
            map.delete(at);
          } else if (value % 50 === 0) {
            table.clear();
            map.clear();
          }
          expect([table.get(at), table.size]).toEqual([map.get(at), map.size]);
        }
        for (const [at, value] of map) expect(table.get(at)).toBe(value);
      },
    ),
  );
});

it('finds a hundred thousand neighbours, and forgets them', () => {
  const table = new AddressTable<number>();
  for (let i = 1; i <= 100_000; i++) table.set((i * 4) as Address, i);
  for (let i = 1; i <= 100_000; i += 2) table.delete((i * 4) as Address);
  for (let i = 1; i <= 100_000; i++) expect(table.get((i * 4) as Address)).toBe(i % 2 === 0 ? i : undefined);
  table.clear();
  expect([table.size, table.get(8 as Address)]).toEqual([0, undefined]);
});

it('takes addresses only: a number that is none does not compile', () => {
  const table = new AddressTable<number>();
  // @ts-expect-error: a size, a count or a handle’s number is no key.
  expect(table.get(8)).toBeUndefined();
});
