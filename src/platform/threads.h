// What a process has once for each thread. A module without threads is linked without a place for such variables.
#pragma once

#if defined(__wasm__) && !defined(__wasm_atomics__)
#define MGC_THREAD_LOCAL
#else
#define MGC_THREAD_LOCAL thread_local
#endif
