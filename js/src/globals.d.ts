// Stand-ins for what the declarations of the package name and a program's own libraries may lack: the DOM library or
// @types/node, and the library of Symbol.dispose. Where those are there, these merge with them and add nothing.

interface SymbolConstructor {
  readonly dispose: unique symbol;
}

declare namespace WebAssembly {
  // biome-ignore lint/suspicious/noEmptyInterface: only an interface merges with that of the DOM library.
  interface Module {}
  interface Memory {
    grow(pages: number): number;
  }
}

interface URL {
  toString(): string;
}

interface Response {
  arrayBuffer(): Promise<ArrayBuffer>;
}
