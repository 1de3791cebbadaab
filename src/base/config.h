// Build-time choices, as typed constants. The build defines MALLOCGC_FLAVOUR_DEBUG to 0 or 1, and MALLOCGC_FLAVOUR_LEAN
// to 1 for the lean module; everything that depends on them asks the constants below in ordinary C++, so that all
// branches are always compiled.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mallocgc {

#if !defined(MALLOCGC_FLAVOUR_DEBUG)
#error "define MALLOCGC_FLAVOUR_DEBUG to 0 or 1"
#endif

#if !defined(MALLOCGC_FLAVOUR_LEAN)
#define MALLOCGC_FLAVOUR_LEAN 0
#endif

// A sum of bits of has_optional(): these features are left out of the full flavour, so that what each costs can be
// weighed (docs/performance.md, "What options cost"). A heap without them is good for nothing else.
#if !defined(MALLOCGC_LEAVES_OUT)
#define MALLOCGC_LEAVES_OUT 0
#endif

// 0 where the client's code is in another module, so that its stack is not this one's.
#if !defined(MALLOCGC_MACHINE_STACK)
#define MALLOCGC_MACHINE_STACK 1
#endif

inline constexpr bool kDebugFlavour = MALLOCGC_FLAVOUR_DEBUG != 0;
inline constexpr bool kLeanFlavour = MALLOCGC_FLAVOUR_LEAN != 0;
static_assert(!(kDebugFlavour && kLeanFlavour));

// What the lean flavour leaves out.
inline constexpr bool kHasLifecycles = !kLeanFlavour;  // finalizers, cleanups, weak handles, host values
// Listeners, hooks and callbacks of any kind, traces, and collections at every n-th allocation.
inline constexpr bool kHasEvents = !kLeanFlavour;
inline constexpr bool kHasClientStacks = !kLeanFlavour;  // stacks that are not the shadow stack
inline constexpr bool kHasMachineStack = kHasClientStacks && MALLOCGC_MACHINE_STACK != 0;
inline constexpr bool kHasTexts = !kLeanFlavour;     // errors are a status and a text, not a status alone
inline constexpr bool kHasPrograms = !kLeanFlavour;  // layout programs, and masks of more than 64 words
// Names and fields of types. Without them types that differ in nothing else are equal.
inline constexpr bool kHasTypeNames = !kLeanFlavour;
inline constexpr bool kHasTinyBlocks = !kLeanFlavour;    // M3: pointer-free objects below 16 bytes share a block
inline constexpr bool kHasWorkCounters = !kLeanFlavour;  // what marking and allocation did, step by step
// The lean flavour has none of these. Weak words need tagged ones.
constexpr bool has_optional(unsigned bit) { return !kLeanFlavour && (MALLOCGC_LEAVES_OUT & bit) == 0; }
inline constexpr bool kHasWeakWords = has_optional(1);     // weak slots and ephemerons in objects
inline constexpr bool kHasTaggedWords = has_optional(2);   // tagged and ambiguous words beside exact ones
inline constexpr bool kHasVisitors = has_optional(4);      // enumerators of roots, trace functions
inline constexpr bool kHasExplicitFree = has_optional(8);  // objects that the client frees, resizes, or keeps by itself
inline constexpr bool kHasModes = has_optional(16);        // minor cycles, and full ones in slices

// Where a short way and a fast one do the same, the lean flavour takes the short one.
inline constexpr bool kPrefersSize = kLeanFlavour;

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
