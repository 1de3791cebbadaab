// The pauses that the face has timed, as memStats tells them: the longest of all, their sum, and, as in Go, one number
// for each of the last 256 full collections. Go's is the sum of a collection's pauses, which are two short ones; here a
// collection may have thousands, and what matters is the longest.
// Doors: cycle.ts notes them; stats.ts tells them.

/** As many as Go's MemStats remembers. */
const kKept = 256;

export class Pauses {
  /** In nanoseconds: the longest pause of collection n at (n + 255) % 256; 0 if none was timed. */
  readonly ofCollections: Float64Array = new Float64Array(kKept);
  maxNs = 0;
  totalNs = 0;
  #newest = 0;

  /** A pause of a full collection, by its number from 1; 0: of none. */
  note(ns: number, collection: number): void {
    this.totalNs += ns;
    this.maxNs = Math.max(this.maxNs, ns);
    if (collection === 0) return;
    const { ofCollections } = this;
    const at = (n: number): number => (n + kKept - 1) % kKept;
    // Those in between were not timed.
    for (let n = Math.max(this.#newest, collection - kKept) + 1; n <= collection; n++) ofCollections[at(n)] = 0;
    this.#newest = Math.max(this.#newest, collection);
    ofCollections[at(collection)] = Math.max(ofCollections[at(collection)] ?? 0, ns);
  }
}
