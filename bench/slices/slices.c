/* How long a slice takes beside its budget: full cycles by mgc_step(ns) over N objects that point anywhere, while a
 * program stores pointers between two slices: so few that their cards are less than a quarter of a slice's work. The
 * arguments are N, a budget in microseconds, and a number of cycles. Says, in microseconds of processor time, the
 * median of the slices, the 99th percentile and the longest, and how many there were. The budget is of a clock on the
 * wall, as always. run.mjs beside this compares budgets. */
#include <mallocgc/mallocgc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { kMaxSlices = 1 << 20, kStoresAMillisecond = 250 };

typedef struct node {
  struct node *left, *right;
} node;

static mgc_heap* heap;
static mgc_mutator* mutator;
static uint32_t state = 2463534242u;

static uint32_t random_below(uint32_t n) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % n;
}

static double processor_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int ascending(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static mgc_type define(const char* name, size_t size, uint32_t mask) {
  const mgc_type_info info = {.name = name, .size = size, .pointers.mask = &mask};
  mgc_type type;
  if (mgc_type_define(heap, &info, &type) != MGC_OK) exit(1);
  return type;
}

static void link_some(node** table, uint32_t objects, uint32_t count) {
  for (; count > 0; --count) {
    node* from = table[random_below(objects)];
    mgc_store(&from->right, table[random_below(objects)]);
  }
}

int main(int argc, char** argv) {
  const mgc_options options = {.mode = MGC_MODE_INCREMENTAL, .gc_percent = -1};
  if (argc != 4 || mgc_heap_create(&options, &heap) != MGC_OK) return 1;
  const uint32_t objects = (uint32_t)atol(argv[1]);
  const uint64_t budget_ns = (uint64_t)atol(argv[2]) * 1000;
  const uint32_t stores = (uint32_t)(budget_ns * kStoresAMillisecond / 1000000);
  mutator = mgc_main_mutator(heap);
  const mgc_type table_type = define("table", sizeof(void*), 1), node_type = define("node", sizeof(node), 3);
  void** frame = mgc_frame_push(mutator, 1);
  node** table = mgc_new_array(mutator, table_type, objects);
  frame[0] = table;
  for (uint32_t i = 0; i < objects; ++i) {
    node* made = mgc_new(mutator, node_type);
    mgc_store(&table[i], made);
    mgc_store(&made->left, table[random_below(i + 1)]);
  }
  link_some(table, objects, objects);
  double* taken = malloc(kMaxSlices * sizeof(double));
  uint32_t slices = 0;
  mgc_collect(heap);
  for (int cycle = 0; cycle < atoi(argv[3]); ++cycle) {
    mgc_start_cycle(heap);
    for (int32_t done = 0; !done && slices < kMaxSlices; link_some(table, objects, stores)) {
      const double begin = processor_us();
      done = mgc_step(heap, budget_ns);
      taken[slices++] = processor_us() - begin;
    }
  }
  qsort(taken, slices, sizeof(double), ascending);
  printf("%.0f\n%.0f\n%.0f\n%u\n", taken[slices / 2], taken[(uint64_t)slices * 99 / 100], taken[slices - 1], slices);
  return 0;
}
