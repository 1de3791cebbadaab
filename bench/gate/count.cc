// bench_count WORKLOAD [A [B]] runs one workload (bench/cpp/table.cc) and prints its checksum. Two runs take the same
// instructions.
#include "opened.h"

int main(int count, char** values) {
  bench::Opened opened(count, values);
  if (opened.failure != 0) return opened.failure;
  opened.run();
  std::printf("%.0f\n", opened.workload->checksum());
  return 0;
}
