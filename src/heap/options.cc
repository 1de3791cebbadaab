// These options of a heap are refused.
#include "heap/options.h"

#include "heap/terms.h"
#include "roots/shadow_stack.h"

namespace mallocgc {

namespace {

constexpr uint32_t kReleaseDebugFlags = kHasEvents ? MGC_DEBUG_GCTRACE : 0;
constexpr uint32_t kAllDebugFlags = MGC_DEBUG_GCTRACE | MGC_DEBUG_CHECKMARK | MGC_DEBUG_POISON | MGC_DEBUG_VERIFY |
                                    MGC_DEBUG_FINALIZER_CHECKS | MGC_DEBUG_RECORD_CYCLES | MGC_DEBUG_RECORD_ALLOCATIONS;

constexpr const char* because(const char* text) { return kHasTexts ? text : ""; }

const char* refusal_of_mode(const mgc_options& options) {
  const bool is_known = options.mode <= MGC_MODE_GENERATIONAL || options.mode == kModeBoth;
  if (!is_known) return because("mode is none of MGC_MODE_*");
  if (options.mode <= MGC_MODE_STOP) return nullptr;
  if (!kHasModes) return because("this flavour of the heap has the stop mode only");
  return options.no_barriers != 0 ? because("no_barriers gives the stop mode, but mode is another one") : nullptr;
}

}  // namespace

const char* refusal_of(const mgc_options& options) {
  const uint64_t max_bytes = options.max_bytes == 0 ? kDefaultMaxBytes : options.max_bytes;
  if (options.initial_bytes > max_bytes) return because("initial_bytes is above max_bytes");
  if (options.shadow_slots > ShadowStack::kMaxSlots || options.shadow_slots_max > ShadowStack::kMaxSlots)
    return because("shadow_slots is out of range");
  const char* const mode = refusal_of_mode(options);
  return mode != nullptr ? mode : refusal_of_debug(options.debug_flags, options.stress_every);
}

const char* refusal_of_debug(uint32_t flags, uint32_t stress_every) {
  if ((flags & ~kAllDebugFlags) != 0) return because("unknown debug flags");
  if ((!kDebugFlavour && (flags & ~kReleaseDebugFlags) != 0) || (!kHasEvents && stress_every != 0))
    return because("this flavour of the heap has no such checks: use the debug flavour");
  return nullptr;
}

}  // namespace mallocgc
