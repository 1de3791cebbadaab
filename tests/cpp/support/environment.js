// A test program that runs in Node sees Node's environment, as a native one does: GTEST_TOTAL_SHARDS, and the seeds of
// random programs. Linked by Emscripten (--pre-js).
Module.preRun = [() => Object.assign(ENV, process.env)];
