// This runs a program in figures under four settings of gcPercent, by the simulation that the tests of the pacer use.
// It prints comma-separated values: a line at the end of each cycle, and some between. plot.mjs draws them.
//
// Time is counted in bytes: to allocate one, with the work that the program does on it, is taken to last as long as to
// mark one.

#include <cstdio>

#include "support/pacer_simulation.h"

namespace mallocgc::simulation {
namespace {

constexpr int32_t kPercents[] = {50, 100, 200, 400};
constexpr uint64_t kWindow = kMiB / 4;

// The program does this, piece by piece.
struct Piece {
  uint64_t allocates;  // MiB
  uint64_t stay;       // per thousand, of that
  uint64_t drops;      // per thousand, of what is alive at the beginning
};
constexpr Piece kProgram[] = {
    {64, 500, 0},   // it builds what it works on
    {500, 0, 0},    // it works
    {400, 100, 0},  // builds more beside its work
    {500, 0, 0},    // it works
    {400, 0, 600},  // it throws more than half away, and works
    {30, 1000, 0},  // it makes a burst, of which all stays
    {200, 0, 0},    // it works on that
    {400, 0, 500},  // it is done with that
};

constexpr uint64_t kBetween = 10 * kMiB;  // between two lines of one cycle

double megabytes(uint64_t bytes) { return static_cast<double>(bytes) / static_cast<double>(kMiB); }

void print(const Simulation& program, uint64_t heap, uint64_t goal) {
  const double marked = static_cast<double>(program.assisted) / program.units_per_byte;
  std::printf("%d,%.1f,%.1f,%.1f,%.1f,%zu\n", program.pacer.gc_percent(),
              megabytes(program.allocated + static_cast<uint64_t>(marked)), megabytes(program.live), megabytes(heap),
              megabytes(goal), program.ends.size());
}

void simulate(int32_t percent) {
  Simulation program(percent);
  uint64_t printed = 0;
  for (const Piece& piece : kProgram) {
    program.live -= program.live * piece.drops / 1000;
    for (uint64_t done = 0; done < piece.allocates * kMiB; done += kWindow) {
      const uint64_t heap = program.heap_live + kWindow;
      const uint64_t goal = program.pacer.goal();
      const size_t cycles = program.ends.size();
      program.allocate_window(kWindow, piece.stay);
      const bool is_over = program.ends.size() != cycles;
      if (!is_over && program.allocated - printed < kBetween) continue;
      if (is_over) print(program, heap, goal);
      print(program, program.heap_live, program.pacer.goal());
      printed = program.allocated;
    }
  }
  print(program, program.heap_live, program.pacer.goal());
}

}  // namespace
}  // namespace mallocgc::simulation

int main() {
  std::printf("percent,time,live,heap,goal,cycles\n");
  for (const int32_t percent : mallocgc::simulation::kPercents) mallocgc::simulation::simulate(percent);
}
