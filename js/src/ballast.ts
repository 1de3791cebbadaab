// Ballast: lets the JS engine feel the heap memory that forgotten handles pin. An engine sees a handle's few dozen
// bytes, not the megabytes behind it, so it is in no hurry to collect; what it does count are the bytes of an
// ArrayBuffer. So handles whose objects are together as large as one ballast share an ArrayBuffer of that size. It is
// never touched, so no operating system gives it memory, and it goes when the last of its handles goes.
//
// Limits: only the handle's own object is counted, not what it refers to. Ballast does nothing in an engine that does
// not pace itself by ArrayBuffers. Each ballast takes address space; where the device refuses it, handles go without.
//
// inv.js.ballast: #pinned is the bytes that undisposed handles have put on the current ballast, less those given back
// since.
// Doors: roots.ts takes one for each handle it registers.

export class Ballasts {
  readonly #bytes: number;
  #current: object | undefined;
  #pinned = 0;

  /** `bytes` of objects share a ballast; 0: there is none. */
  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#pinned = bytes;
  }

  /** What a handle of an object of `size` bytes should hold on to. */
  take(size: number): object | undefined {
    if (this.#bytes === 0) return undefined;
    if (this.#pinned >= this.#bytes) {
      this.#pinned = 0;
      this.#current = make(this.#bytes);
    }
    this.#pinned += size;
    return this.#current;
  }

  /** A handle was disposed in time: its bytes need no ballast. */
  give(size: number): void {
    this.#pinned = Math.max(this.#pinned - size, 0);
  }
}

function make(bytes: number): object | undefined {
  try {
    return new ArrayBuffer(bytes);
  } catch {
    return undefined;
  }
}
