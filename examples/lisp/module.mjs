// This is the compiled Lisp (page.cc) as an object with answer(text), in Node and in a page.

/** Returns what a module of Emscripten's imports. The Lisp needs none of it except its end. */
function importsOf(module) {
  const named = {
    proc_exit(code) {
      throw new Error(`the Lisp ended with ${code}`);
    },
  };
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module))
    (imports[from] ??= {})[name] = named[name] ?? (() => 0);
  return imports;
}

/** Returns whether an answer is that of an expression that failed. What was printed before is in it, too. */
export function isError(answer) {
  return /(^|\n)error: [^\n]*$/.test(answer);
}

export class Lisp {
  #wasm;
  #interrupted = null;

  /** `stressEvery` collects at every n-th allocation; 0 does not. */
  constructor(module, { stressEvery = 0 } = {}) {
    this.#wasm = new WebAssembly.Instance(module, importsOf(module)).exports;
    this.#wasm._initialize?.();
    if (!this.#wasm.lisp_begin(stressEvery)) throw new Error('no memory for a heap');
  }

  #write(text) {
    const bytes = new TextEncoder().encode(text);
    const place = this.#wasm.lisp_text(bytes.length) >>> 0;
    if (place === 0) throw new Error('no memory for the text');
    new Uint8Array(this.#wasm.memory.buffer, place, bytes.length).set(bytes);
  }

  /** Returns what the expressions of the text print, then the last value, or `error: …`. */
  answer(text) {
    if (this.#interrupted !== null) throw this.#interrupted;
    this.#write(text);
    const length = this.#evaluate();
    const place = this.#wasm.lisp_answer_text() >>> 0;
    return new TextDecoder().decode(new Uint8Array(this.#wasm.memory.buffer, place, length));
  }

  /** A host whose stack is too short leaves the interpreter in the middle of something: it cannot go on. */
  #evaluate() {
    try {
      return this.#wasm.lisp_answer();
    } catch (error) {
      this.#interrupted = new Error(`the Lisp was interrupted: ${error.message}`, { cause: error });
      throw this.#interrupted;
    }
  }

  /** Returns whether the text ends inside a list or a string. */
  isUnfinished(text) {
    this.#write(text);
    return this.#wasm.lisp_is_unfinished() !== 0;
  }

  /** Returns how often the heap has collected, and how many bytes of it are in use. */
  stats() {
    return { collections: this.#wasm.lisp_collections(), liveBytes: this.#wasm.lisp_live_bytes() };
  }
}
