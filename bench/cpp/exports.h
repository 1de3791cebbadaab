// The door of a C++ peer is the same as wasm (bench/module.mjs calls it) and natively (native.cc does): everything goes
// by scalars. A runner writes a workload's name where bench_text says, begins, steps until it is told that it was the
// last step, reads the results, ends, and may begin again; the first round is the warm-up.
#pragma once

#include <cstdint>

#define BENCH_EXPORT extern "C" __attribute__((used, visibility("default")))

BENCH_EXPORT char* bench_text();  // room for 64 bytes
// The heaps that are begun from now on have the mode named in bench_text. Returns false if there is no such mode.
BENCH_EXPORT bool bench_mode();
// Returns false if there is no such workload, or no memory for it.
BENCH_EXPORT bool bench_begin(uint32_t a, uint32_t b);
BENCH_EXPORT bool bench_step();
BENCH_EXPORT double bench_checksum();
BENCH_EXPORT double bench_operations();
BENCH_EXPORT double bench_collections();
BENCH_EXPORT double bench_heap_sys();
BENCH_EXPORT void bench_end();
