// From options to a compiled module: find the bytes and compile them. The entry of the package loads this at once, so
// that the module is on its way while the code of the heap still is.
//
// Servers answer the strangest things for a file that they do not have, a page with status 200 among them. So what came
// is looked at before it is compiled. Of the package's own module there is a copy in its text, which the main entry can
// load in its place.
// Doors: createHeap in index.ts, worker.ts and inline.ts; on to start.ts, which makes the module run.

import { isA, isModule, warn } from './engine.js';
import { problem, show } from './errors.js';
import { needsDebugFlavour, type Settings } from './options.js';

type FileSystem = { readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> };
type Host = { process?: { getBuiltinModule?: (name: string) => unknown } };
/** Loads the copy of the module that the package has in its text. */
type Inlined = () => Promise<{ heapWasm(): Uint8Array & { readonly buffer: ArrayBuffer } }>;

/** How every module begins: a NUL and `asm`. */
const kMagic = [0x00, 0x61, 0x73, 0x6d];
const kBytesShown = 16;

const kRemedy =
  "Serve the package's file as it is (Vite 5 to 7: optimizeDeps: { exclude: ['mallocgc'] }), " +
  "give its address to createHeap({ module: new URL(…) }), or import from 'mallocgc/inline'.";

/** Something came, or nothing did: `trouble` says why it is not the module. */
interface Answer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly trouble: string | undefined;
}

/** The first bytes of what came: as text where that can be read. */
function firstOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'nothing';
  const first = [...bytes.subarray(0, kBytesShown)];
  if (first.every((byte) => byte >= 0x20 && byte < 0x7f)) return show(String.fromCharCode(...first));
  return first.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function answer(bytes: Uint8Array<ArrayBuffer>, from: string, status = 200): Answer {
  const isModule = kMagic.every((byte, i) => bytes[i] === byte);
  if (isModule && status >= 200 && status < 300) return { bytes, trouble: undefined };
  const how = status === 200 ? '' : ` with status ${status}`;
  const what = isModule ? '' : ` what is no WebAssembly: it begins with ${firstOf(bytes)}`;
  return { bytes, trouble: `${from} answers${how}${what}` };
}

async function bodyOf(response: Response): Promise<Answer> {
  return answer(new Uint8Array(await response.arrayBuffer()), response.url || 'the Response', response.status);
}

async function bytesAt(url: URL): Promise<Answer> {
  if (url.protocol === 'file:') {
    const files = (globalThis as Host).process?.getBuiltinModule?.('node:fs/promises') as FileSystem | undefined;
    if (files !== undefined) return answer(await files.readFile(url), url.href);
  }
  return await bodyOf(await fetch(url));
}

function messageOf(error: unknown): string {
  return isA<Error>(error, 'Error') ? error.message : String(error);
}

/** The module of some bytes. BAD_ARGUMENT where the place compiles none; else what the compiler says. */
export async function compiled(bytes: BufferSource): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    if (!/disallowed by embedder/.test(messageOf(error))) throw error;
    const text = `this place compiles no module from bytes (${messageOf(error)}): import the module itself, as in import module from 'mallocgc/heap.wasm', and give it to createHeapSync(module)`;
    throw problem('BAD_ARGUMENT', text, 'plain');
  }
}

/** Where Vite up to 7 keeps the scripts of packages in development, without what was beside them. */
const kViteScripts = '/node_modules/.vite/deps/';

/** What is beside this file. `import.meta.url` is not to be had in every script that bundlers make. */
async function ownAnswer(isDebug: boolean): Promise<Answer> {
  let address = isDebug ? 'heap.debug.wasm' : 'heap.wasm';
  try {
    const url = isDebug ? new URL('./heap.debug.wasm', import.meta.url) : new URL('./heap.wasm', import.meta.url);
    const own = url.pathname.includes(kViteScripts) ? new URL(`../../mallocgc/dist/${address}`, url) : url;
    address = own.href;
    return await bytesAt(own);
  } catch (error) {
    return { bytes: new Uint8Array(), trouble: `cannot load ${address}: ${messageOf(error)}` };
  }
}

async function ownModule(isDebug: boolean, inlined: Inlined | undefined): Promise<WebAssembly.Module> {
  const { bytes, trouble } = await ownAnswer(isDebug);
  if (trouble === undefined) return await compiled(bytes);
  if (isDebug) throw problem('BAD_ARGUMENT', `${trouble}. The debug flavour is not inlined. ${kRemedy}`, 'plain');
  if (inlined === undefined) throw problem('BAD_ARGUMENT', `${trouble}. ${kRemedy}`, 'plain');
  const { heapWasm } = await inlined();
  warn(`mallocgc: ${trouble}. The copy in the package's text is used. ${kRemedy}`);
  return await compiled(heapWasm());
}

/** The compiled module that the options ask for; by default the one beside this file, or the inlined copy of it. */
export async function loadModule(settings: Settings, inlined?: Inlined): Promise<WebAssembly.Module> {
  const given: unknown = settings.module;
  if (given === undefined) return await ownModule(needsDebugFlavour(settings.debug), inlined);
  if (isModule(given)) return given;
  if (ArrayBuffer.isView(given)) return await compiled(given as Uint8Array<ArrayBuffer>);
  if (isA<ArrayBuffer>(given, 'ArrayBuffer')) return await compiled(new Uint8Array(given));
  const isAddress = isA<URL>(given, 'URL');
  if (!isAddress && !isA<Response>(given, 'Response'))
    throw problem('BAD_ARGUMENT', `module is ${show(given)}, not a module, bytes, URL or Response`);
  const { bytes, trouble } = await (isAddress ? bytesAt(given) : bodyOf(given));
  if (trouble !== undefined) throw problem('BAD_ARGUMENT', trouble, 'plain');
  return await compiled(bytes);
}

/** Where import() is forbidden, by the name of the scope. */
const kScopesWithoutImport = ['ServiceWorkerGlobalScope', 'WorkletGlobalScope'];

/**
 * What import() gives. Where it is forbidden the error is BAD_ARGUMENT and names the entries that do without it;
 * another failure is passed on.
 */
export async function later<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const code = String((error as { code?: unknown } | null)?.code ?? '');
    const isScope = kScopesWithoutImport.some((name) => inScope(name));
    if (!isScope && !code.startsWith('ERR_VM_')) throw error;
    const text = `import() is forbidden here (${messageOf(error)}): import createHeap from 'mallocgc/inline' or 'mallocgc/worker', or use createHeapSync(module)`;
    throw problem('BAD_ARGUMENT', text, 'plain');
  }
}

/** Whether the global object is of a class, which is looked up by name: most places have no such class. */
function inScope(name: string): boolean {
  const scope = (globalThis as Record<string, unknown>)[name];
  return typeof scope === 'function' && globalThis instanceof (scope as new () => object);
}
