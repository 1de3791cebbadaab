// These exports run cycles, change settings, read counters, check, and give the cells that the host writes.
#include "door.h"

namespace {
mgc_stats_data stats;
}

MGC_EXPORT(mgc_collect) int32_t door_collect() { return door::outcome(mgc_collect(door::heap())); }
MGC_EXPORT(mgc_collection_due) int32_t door_collection_due() { return mgc_collection_due(door::heap()); }
MGC_EXPORT(mgc_forbid_collection) void door_forbid_collection() { mgc_forbid_collection(door::heap()); }
MGC_EXPORT(mgc_allow_collection) void door_allow_collection() { mgc_allow_collection(door::heap()); }
MGC_EXPORT(mgc_poll) int32_t door_poll() { return mgc_poll(door::mutator()); }
MGC_EXPORT(mgc_phase_start) int32_t door_phase_start(int32_t forced) {
  return door::outcome(mgc_phase_start(door::heap(), forced));
}
MGC_EXPORT(mgc_phase_mark) int32_t door_phase_mark() { return door::outcome(mgc_phase_mark(door::heap())); }
MGC_EXPORT(mgc_phase_finish) int32_t door_phase_finish() { return door::outcome(mgc_phase_finish(door::heap())); }
MGC_EXPORT(mgc_sweep) int32_t door_sweep(uint32_t spans) { return mgc_sweep(door::heap(), spans); }
MGC_EXPORT(mgc_collect_minor) int32_t door_collect_minor() { return door::outcome(mgc_collect_minor(door::heap())); }
#if !MALLOCGC_FLAVOUR_LEAN
MGC_EXPORT(mgc_set_no_barriers) int32_t door_set_no_barriers() {
  return door::outcome(mgc_set_no_barriers(door::heap()));
}
#endif
MGC_EXPORT(mgc_trim) double door_trim() { return static_cast<double>(mgc_trim(door::heap())); }
MGC_EXPORT(mgc_start_cycle) int32_t door_start_cycle() { return door::outcome(mgc_start_cycle(door::heap())); }
MGC_EXPORT(mgc_step) int32_t door_step(double budget_ns) { return mgc_step(door::heap(), door::integer_of(budget_ns)); }
MGC_EXPORT(mgc_step_work) int32_t door_step_work(double units) {
  return mgc_step_work(door::heap(), door::integer_of(units));
}

MGC_EXPORT(mgc_set_gc_percent) int32_t door_set_gc_percent(int32_t percent) {
  return mgc_set_gc_percent(door::heap(), percent);
}
MGC_EXPORT(mgc_set_memory_limit) double door_set_memory_limit(double bytes) {
  return static_cast<double>(mgc_set_memory_limit(door::heap(), door::integer_of(bytes)));
}
MGC_EXPORT(mgc_set_debug) int32_t door_set_debug(uint32_t flags, uint32_t stress_every) {
  return mgc_set_debug(door::heap(), flags, stress_every);
}
MGC_EXPORT(mgc_verify) int32_t door_verify() { return mgc_verify(door::heap()); }

MGC_EXPORT(mgc_stats) uint32_t door_stats() {
  mgc_stats(door::heap(), &stats);
  return door::address_of(&stats);
}

MGC_EXPORT(mgc_clock) uint32_t door_clock() { return door::address_of(mgc_host_clock()); }
MGC_EXPORT(mgc_memory_end) uint32_t door_memory_end() { return door::address_of(mgc_host_memory_end()); }
MGC_EXPORT(mgc_last_words) uint32_t door_last_words() { return door::address_of(mgc_last_words()); }
