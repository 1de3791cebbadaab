// The JS engine's FinalizationRegistry watches tickets in place of handles. A handle holds its ticket; when the
// engine finds both dead, the ticket's number tells which root to give up (B1). A handle that is disposed gives its
// ticket back, and the next handle takes it: so a loop that disposes all it makes registers nothing and costs no
// memory. A registration costs the engine some 90 bytes until the ticket is dead, and several hundred nanoseconds.
//
// Weak handles have tickets, too; what is given up then is the number of the weak handle.
//
// inv.js.tickets: #ids[ticket.number] is the number of the one handle that holds the ticket; 0 if none does.
// Doors: roots.ts, weak.ts.

import { kNull, type HandleId } from './abi.js';
import { registry } from './engine.js';

/** So many idle tickets are kept; more are left to the engine. */
const kIdleMax = 1 << 14;

export class Ticket {
  /** The slot that the handle was read from, which the table of what was read knows it by; 0: none. */
  slot = kNull;
  /** What the engine is to see of the object's weight. */
  ballast: object | undefined = undefined;
  declare readonly number: number;

  constructor(number: number) {
    this.number = number;
  }
}

export class Tickets {
  /** Gone once the heap is disposed, and what the engine noted of each ticket with it. */
  #registry: FinalizationRegistry<number> | undefined;
  #idle: Ticket[] = [];
  #freeNumbers: number[] = [];
  #ids = new Float64Array(1024);
  #issued = 0;

  /** `release` gives up the number of a handle that the engine found dead. */
  constructor(release: (id: HandleId) => void) {
    this.#registry = registry((number) => {
      if (this.#registry === undefined) return;
      const id = this.#ids[number] as HandleId;
      this.#ids[number] = 0;
      this.#freeNumbers.push(number);
      if (id !== 0) release(id);
    });
  }

  /** Returns a ticket for a handle with this number. */
  take(id: HandleId): Ticket {
    const ticket = this.#idle.pop() ?? this.#make();
    this.#ids[ticket.number] = id;
    return ticket;
  }

  /** The handle was disposed. */
  give(ticket: Ticket): void {
    this.#ids[ticket.number] = 0;
    ticket.slot = kNull;
    ticket.ballast = undefined;
    if (this.#idle.length < kIdleMax) this.#idle.push(ticket);
  }

  /** The heap was disposed: no ticket is watched any more. Views that are still held keep theirs, and nothing else. */
  clear(): void {
    this.#registry = undefined;
    this.#idle = [];
    this.#freeNumbers = [];
    this.#ids = new Float64Array(0);
  }

  #make(): Ticket {
    const number = this.#freeNumbers.pop() ?? this.#issued++;
    if (number >= this.#ids.length) {
      const longer = new Float64Array(this.#ids.length * 2);
      longer.set(this.#ids);
      this.#ids = longer;
    }
    const ticket = new Ticket(number);
    this.#registry?.register(ticket, number);
    return ticket;
  }
}
