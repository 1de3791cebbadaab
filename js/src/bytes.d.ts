// What the build writes into bytes.js.

/** The bytes of heap.wasm, fresh at each call. */
export declare function heapWasm(): Uint8Array & { readonly buffer: ArrayBuffer };
