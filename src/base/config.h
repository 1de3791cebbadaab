// Build-time choices, as typed constants. The build defines MALLOCGC_FLAVOUR_DEBUG to 0 or 1 and nothing else; everything that
// depends on it asks `kDebugFlavour` in ordinary C++, so that both branches are always compiled.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mallocgc {

#if !defined(MALLOCGC_FLAVOUR_DEBUG)
#error "define MALLOCGC_FLAVOUR_DEBUG to 0 or 1"
#endif

inline constexpr bool kDebugFlavour = MALLOCGC_FLAVOUR_DEBUG != 0;

inline constexpr size_t kWordBytes = sizeof(void*);
inline constexpr bool kIs64Bit = kWordBytes == 8;

inline constexpr unsigned kPageShift = 13;
inline constexpr size_t kPageBytes = size_t{1} << kPageShift;  // our page, not the host's "wasm page"

inline constexpr size_t kMaxSmallBytes = 32 * 1024;  // M6: larger objects have pages of their own
inline constexpr size_t kTinyBlockBytes = 16;        // M3
inline constexpr size_t kMaxObjectBytes = size_t{1} << (kIs64Bit ? 46 : 31);  // above: "allocation size out of range"

}  // namespace mallocgc

#define MGC_ALWAYS_INLINE [[gnu::always_inline]] inline
#define MGC_NOINLINE [[gnu::noinline]]
