// A test program that runs in Node sees what of Node's environment is meant for it: GoogleTest's shards, and the seeds
// of random programs. Linked by Emscripten (--pre-js).
Module.preRun = [
  () => {
    for (const [name, value] of Object.entries(process.env)) {
      if (/^(GTEST|MALLOCGC)_/.test(name)) ENV[name] = value;
    }
  },
];
