// A test program that runs in Node sees only the part of Node's environment that is meant for it: GoogleTest's shards,
// and the seeds of random programs. Emscripten links this file in (--pre-js).
Module.preRun = [
  () => {
    for (const [name, value] of Object.entries(process.env)) {
      if (/^(GTEST|MALLOCGC)_/.test(name)) ENV[name] = value;
    }
  },
];
