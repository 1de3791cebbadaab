// The simulation has figures instead of a program, beside the real arithmetic of the pacer and of the assists. It says
// how much the program allocates and how much of that stays, when a cycle in slices begins for it, and where the cycle
// ends. Doors: gc_assist_test.cc says what must hold; bench/pacing/ draws it.
#pragma once

#include <vector>

#include "gc/assist.h"
#include "gc/pacer.h"

namespace mallocgc::simulation {

inline constexpr uint64_t kMiB = uint64_t{1} << 20;

// Of what the program allocates a share is live at the end of each cycle.
struct Simulation {
  Pacer pacer;
  Assists assists;
  uint64_t live = 0;  // what a marking would find
  uint64_t heap_live = 0;
  double units_per_byte = 0.2;  // marking takes so many; the assists believe the figure of the cycle before
  uint64_t last_units = 0;
  uint64_t last_marked = 0;
  uint64_t assisted = 0;  // units, in all cycles together
  uint64_t allocated = 0;
  std::vector<double> ends;  // heap_live at the end of a cycle, in parts of the goal
  bool slicing = false;
  bool has_clock = false;  // a byte then takes a nanosecond, to allocate and work on or to mark

  explicit Simulation(int32_t percent, uint64_t limit = 0) { pacer.init(percent, 4 * kMiB, limit); }

  // Begins as after a cycle that has found so many live bytes.
  void begin_with(uint64_t bytes) {
    live = heap_live = last_marked = bytes;
    last_units = static_cast<uint64_t>(static_cast<double>(bytes) * units_per_byte);
    note();
  }

  // Allocates `bytes`, of which `stay` per thousand are live for good, in windows of `window` bytes.
  void allocate(uint64_t bytes, uint64_t stay, uint64_t window) {
    for (uint64_t done = 0; done < bytes; done += window) allocate_window(window, stay);
  }

  // Allocates one window, and does the assist that is due then.
  void allocate_window(uint64_t window, uint64_t stay) {
    heap_live += window;
    allocated += window;
    live += window * stay / 1000;
    if (!slicing && heap_live >= assists.start(last_marked, pacer.goal(), last_units)) begin();
    if (!slicing || heap_live < next_) return;
    const uint64_t due = assists.due(heap_live, spent_);
    const uint64_t did = due > work_ - spent_ ? work_ - spent_ : due;
    spent_ += did;
    assisted += did;
    next_ = assists.next(spent_);
    if (spent_ == work_) finish();
  }

 private:
  void begin() {
    slicing = true;
    spent_ = 0;
    work_ = static_cast<uint64_t>(static_cast<double>(live) * units_per_byte);
    const uint64_t guess =
        last_marked == 0 ? heap_live / kWordBytes : last_units * (heap_live >> 10) / (last_marked >> 10);
    assists.begin(heap_live, pacer.goal(), last_units, guess);
    next_ = assists.next(0);
  }
  void finish() {
    slicing = false;
    ends.push_back(static_cast<double>(heap_live) / static_cast<double>(pacer.goal()));
    last_units = work_;
    last_marked = live;
    note();
    heap_live = live;
  }
  void note() {
    pacer.note_cycle(CycleCost{.live_bytes = heap_live,
                               .marked_bytes = live,
                               .root_bytes = 0,
                               .overhead_bytes = 0,
                               .cycle_ns = has_clock ? live : 0,
                               .mutator_ns = has_clock ? allocated - allocated_before_ : 0});
    allocated_before_ = allocated;
  }

  uint64_t allocated_before_ = 0;  // at the end of the last cycle
  uint64_t spent_ = 0;
  uint64_t work_ = 0;
  uint64_t next_ = 0;
};

}  // namespace mallocgc::simulation
