// These tables of size classes and types come from a walk: objects, live bytes, waste, spans. Headings sort.

import type { HeapWalk } from 'mallocgc';
import { bytes, count } from './format.js';

interface Row {
  readonly name: string;
  readonly order: number;
  readonly objects: number;
  readonly bytes: number;
  /** Bytes of spans that no object takes: free slots and the rest of the last page. */
  readonly waste: number;
  readonly spans: number;
}

type Column = keyof Row;

const kColumns: readonly { readonly key: Column; readonly title: string; readonly show: (row: Row) => string }[] = [
  { key: 'order', title: 'Name', show: (row) => row.name },
  { key: 'objects', title: 'Objects', show: (row) => count(row.objects) },
  { key: 'bytes', title: 'Bytes', show: (row) => bytes(row.bytes) },
  { key: 'waste', title: 'Unused', show: (row) => bytes(row.waste) },
  { key: 'spans', title: 'Spans', show: (row) => count(row.spans) },
];

/** Returns the rows by size class. */
export function sizeClasses(walk: HeapWalk): Row[] {
  const rows = new Map<
    number,
    { name: string; order: number; objects: number; bytes: number; waste: number; spans: number }
  >();
  for (const span of walk.spans) {
    const key = span.large ? Infinity : span.slotBytes;
    const row = rows.get(key) ?? {
      name: span.large ? 'large' : `${count(span.slotBytes)} B`,
      order: key,
      objects: 0,
      bytes: 0,
      waste: 0,
      spans: 0,
    };
    const taken = span.allocated * span.slotBytes;
    row.objects += span.allocated;
    row.bytes += taken;
    row.waste += span.bytes - taken;
    row.spans += 1;
    rows.set(key, row);
  }
  return [...rows.values()];
}

/** Returns the rows by type. Objects in mixed spans are counted one by one; free room there belongs to no type. */
export function types(walk: HeapWalk): Row[] {
  const rows = new Map<
    string,
    { name: string; order: number; objects: number; bytes: number; waste: number; spans: number }
  >();
  const rowOf = (name: string): { objects: number; bytes: number; waste: number; spans: number } => {
    let row = rows.get(name);
    if (row === undefined) rows.set(name, (row = { name, order: rows.size, objects: 0, bytes: 0, waste: 0, spans: 0 }));
    return row;
  };
  for (const span of walk.spans) {
    const taken = span.allocated * span.slotBytes;
    if (!span.mixed) {
      const row = rowOf(span.type?.name ?? 'untyped');
      row.objects += span.allocated;
      row.bytes += taken;
      row.waste += span.bytes - taken;
      row.spans += 1;
      continue;
    }
    for (const object of walk.objects(span)) {
      const row = rowOf(object.type?.name ?? 'untyped');
      row.objects += 1;
      row.bytes += object.size;
    }
    const shared = rowOf('(mixed spans)');
    shared.spans += 1;
    shared.waste += span.bytes - taken;
  }
  return [...rows.values()];
}

/** The headings of this table sort. */
export class SortableTable {
  #column: Column = 'bytes';
  #down = true;
  #rows: Row[] = [];
  readonly #body: HTMLTableSectionElement;
  readonly #heads = new Map<Column, HTMLTableCellElement>();

  constructor(table: HTMLTableElement) {
    const head = table.createTHead().insertRow();
    for (const { key, title } of kColumns) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = title;
      button.addEventListener('click', () => this.#sortBy(key));
      cell.append(button);
      head.append(cell);
      this.#heads.set(key, cell);
    }
    this.#body = table.createTBody();
  }

  show(rows: Row[]): void {
    this.#rows = rows;
    this.#render();
  }

  #sortBy(column: Column): void {
    this.#down = this.#column === column ? !this.#down : column !== 'order';
    this.#column = column;
    this.#render();
  }

  #render(): void {
    for (const [key, cell] of this.#heads)
      cell.setAttribute('aria-sort', key !== this.#column ? 'none' : this.#down ? 'descending' : 'ascending');
    const sign = this.#down ? -1 : 1;
    const sorted = [...this.#rows].sort((a, b) => sign * (Number(a[this.#column]) - Number(b[this.#column])));
    const lines = sorted.map((row) => {
      const line = document.createElement('tr');
      kColumns.forEach(({ show }, i) => {
        const cell = document.createElement(i === 0 ? 'th' : 'td');
        if (i === 0) cell.setAttribute('scope', 'row');
        cell.textContent = show(row);
        line.append(cell);
      });
      return line;
    });
    if (lines.length === 0) {
      const line = document.createElement('tr');
      const cell = line.insertCell();
      cell.colSpan = kColumns.length;
      cell.className = 'empty';
      cell.textContent = 'The heap is empty.';
      lines.push(line);
    }
    this.#body.replaceChildren(...lines);
  }
}
