// From options to a compiled module: find the bytes and compile them. The entry of the package loads this at once, so
// that the module is on its way while the code of the heap still is. Doors: createHeap in index.ts; on to start.ts,
// which makes the module run.

import { problem, show } from './errors.js';
import { needsDebugFlavour, type Settings } from './options.js';

type FileSystem = { readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> };
type Host = { process?: { getBuiltinModule?: (name: string) => unknown } };

async function bytesAt(url: URL): Promise<BufferSource> {
  if (url.protocol === 'file:') {
    const files = (globalThis as Host).process?.getBuiltinModule?.('node:fs/promises') as FileSystem | undefined;
    if (files !== undefined) return await files.readFile(url);
  }
  return await bodyOf(await fetch(url));
}

async function bodyOf(response: Response): Promise<ArrayBuffer> {
  if (!response.ok)
    throw problem('BAD_ARGUMENT', `cannot load ${response.url}: ${response.status} ${response.statusText}`, 'plain');
  return await response.arrayBuffer();
}

/** The compiled module that the options ask for; by default the one beside this file. */
export async function loadModule(settings: Settings): Promise<WebAssembly.Module> {
  const given = settings.module;
  if (given instanceof WebAssembly.Module) return given;
  if (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) return await WebAssembly.compile(given);
  if (typeof Response !== 'undefined' && given instanceof Response)
    return await WebAssembly.compile(await bodyOf(given));
  if (given instanceof URL) return await WebAssembly.compile(await bytesAt(given));
  if (given !== undefined)
    throw problem('BAD_ARGUMENT', `module is ${show(given)}, not a module, bytes, URL or Response`);
  const url = needsDebugFlavour(settings.debug)
    ? new URL('./heap.debug.wasm', import.meta.url)
    : new URL('./heap.wasm', import.meta.url);
  return await WebAssembly.compile(await bytesAt(url));
}
