/* The author of these programs has rooted them on the shadow stack, as docs/abi.md says: the checker is to find little
 * in them.
 *
 *   -DBY_CALL     frames by mgc_frame_push and mgc_frame_pop, objects by mgc_new; otherwise those of inline.h
 *   -DIN_GLOBAL   the mutator is kept in a variable; otherwise it is the first parameter of all functions */
#include <mallocgc/inline.h>

#define EXPORT(name) __attribute__((export_name(#name), used))
#define NOINLINE __attribute__((noinline))

#ifdef IN_GLOBAL
static mgc_mutator* the_mutator;
#define M the_mutator
#define TAKES(...) (__VA_ARGS__)
#define GIVES(...) (__VA_ARGS__)
#else
#define M m
#define TAKES(...) (mgc_mutator * m, __VA_ARGS__)
#define GIVES(...) (m, __VA_ARGS__)
#endif

#ifdef BY_CALL
#define PUSH(n) void** const frame = mgc_frame_push(M, n)
#define POP() mgc_frame_pop(M, frame)
#else
#define PUSH(n) void** const frame = mgc_frame_push_inline(M, n)
#define POP() mgc_frame_pop_inline(M, frame)
#endif
#define KEEP(i, p) ((void)(frame[i] = (p)))

enum { kBuckets = 64 };
typedef struct node {
  struct node* left;
  struct node* right;
  int value;
  int check;
} node;
typedef struct table {
  node* bucket[kBuckets];
} table;
typedef unsigned (*mixer)(unsigned a, unsigned b);

static mgc_type node_type, table_type;
static mgc_site nodes;

static node* make TAKES(node* left, node* right, int value) {
  PUSH(2);
  KEEP(0, left);
  KEEP(1, right);
#ifdef BY_CALL
  node* const made = mgc_new(M, node_type);
#else
  node* const made = mgc_new_inline(M, &nodes);
#endif
  POP();
  made->left = left;
  made->right = right;
  made->value = value;
  made->check = ~value;
  return made;
}
static int value_of(const node* n) {
  if (n->check != ~n->value) __builtin_trap();
  return n->value;
}
static int sum_of(const node* list) {
  int sum = 0;
  for (; list != 0; list = list->left) sum = sum * 3 + value_of(list);
  return sum;
}

/* Makes a list, in a loop that counts up. */
NOINLINE static node* list_of TAKES(int n) {
  node* list = 0;
  PUSH(1);
  for (int i = 0; i < n; ++i) {
    list = make GIVES(list, 0, i);
    KEEP(0, list);
  }
  POP();
  return list;
}

/* Makes the same backwards, a copy of each node, with a sum beside it. */
NOINLINE static int reversed TAKES(node* from) {
  node* list = 0;
  unsigned sum = 0;
  PUSH(2);
  for (; from != 0; from = from->left) {
    KEEP(0, from);
    list = make GIVES(list, 0, value_of(from));
    KEEP(1, list);
    sum = sum * 31 + (unsigned)value_of(list);
  }
  sum += (unsigned)sum_of(list);
  POP();
  return (int)sum;
}

NOINLINE static node* tree_of TAKES(int depth) {
  node* left;
  node* right;
  node* made;
  if (depth == 0) return make GIVES(0, 0, 1);
  PUSH(2);
  left = tree_of GIVES(depth - 1);
  KEEP(0, left);
  right = tree_of GIVES(depth - 1);
  KEEP(1, right);
  made = make GIVES(left, right, depth);
  POP();
  return made;
}
static int weight_of(const node* tree) {
  return tree == 0 ? 0 : value_of(tree) + 2 * weight_of(tree->left) + 3 * weight_of(tree->right);
}

/* Makes a sorted list, by insertion: the nodes before and behind the new one live across its allocation. */
NOINLINE static node* inserted TAKES(node* list, int value) {
  node* before = 0;
  node* behind = list;
  node* made;
  PUSH(3);
  while (behind != 0 && value_of(behind) < value) {
    before = behind;
    behind = behind->left;
  }
  KEEP(0, list);
  KEEP(1, before);
  KEEP(2, behind);
  made = make GIVES(behind, 0, value);
  POP();
  if (before == 0) return made;
  before->left = made;
  return list;
}
NOINLINE static int sorted TAKES(int n) {
  node* list = 0;
  unsigned x = 12345;
  PUSH(1);
  for (int i = 0; i < n; ++i) {
    x = x * 1103515245u + 12345u;
    list = inserted GIVES(list, (int)(x >> 16 & 1023u));
    KEEP(0, list);
  }
  POP();
  return sum_of(list);
}

/* Makes a table with chains, with a function that mixes numbers, which is called through a pointer. */
static unsigned added(unsigned a, unsigned b) { return a * 5 + b; }
static unsigned crossed(unsigned a, unsigned b) { return a * 9 ^ b; }
NOINLINE static unsigned counted TAKES(unsigned n, mixer mix) {
  unsigned sum = 7;
  unsigned hash = 1;
  table* map;
  PUSH(2);
  map = mgc_new(M, table_type);
  KEEP(0, map);
  for (unsigned i = 0; i < n; ++i) {
    node* at;
    hash = mix(hash, i);
    at = make GIVES(map->bucket[hash % kBuckets], 0, (int)hash);
    map->bucket[hash % kBuckets] = at;
    KEEP(1, at);
    at->right = make GIVES(0, 0, (int)i);
    sum = mix(sum, (unsigned)value_of(at));
  }
  for (unsigned i = 0; i < kBuckets; ++i)
    for (node* at = map->bucket[i]; at != 0; at = at->left) sum = mix(sum, (unsigned)value_of(at->right));
  POP();
  return sum;
}

/* Words of which two are numbers and one is a pointer that an integer holds. */
NOINLINE static int tagged TAKES(int n, short step, _Bool isNegative) {
  uintptr_t word = 0;
  int sum = 0;
  PUSH(1);
  for (int i = 0; i < n; i += step) {
    word = (uintptr_t)make GIVES(0, 0, i) | 1u;
    KEEP(0, (void*)word);
    make GIVES(0, 0, i + 1);
    sum += value_of((const node*)(word - 1));
  }
  POP();
  return isNegative ? -sum : sum;
}

/* Returns the sum of all; `kept` lives through everything. */
EXPORT(run) int run(mgc_mutator* mutator, int n) {
#ifdef IN_GLOBAL
  the_mutator = mutator;
#else
  mgc_mutator* const m = mutator;
#endif
  int sum = 0;
  node* kept;
  PUSH(2);
  kept = tree_of GIVES(4);
  KEEP(0, kept);
  for (int round = 1; round <= 3; ++round) {
    node* const list = list_of GIVES(n + round);
    KEEP(1, list);
    sum = sum * 7 + reversed GIVES(list);
    sum = sum * 7 + weight_of(tree_of GIVES(round));
    sum = sum * 7 + sorted GIVES(n);
    sum = sum * 7 + (int)counted GIVES((unsigned)n, round == 2 ? crossed : added);
    sum = sum * 7 + tagged GIVES(n, (short)round, round == 3);
    sum += sum_of(list);
  }
  sum += weight_of(kept);
  POP();
  return sum;
}

EXPORT(prepare) mgc_status prepare(mgc_mutator* mutator, mgc_type a_node, mgc_type a_table) {
  node_type = a_node;
  table_type = a_table;
#ifdef IN_GLOBAL
  the_mutator = mutator;
#endif
  return mgc_site_of(mutator, a_node, &nodes);
}

#ifdef __EMSCRIPTEN__
#include <stdio.h>

static int outcome(uint32_t stress_every) {
  static const uint32_t node_words[] = {3};
  static const uint32_t table_words[] = {~0u, ~0u};
  mgc_options options = {.no_barriers = 1, .stress_every = stress_every};
  mgc_type_info info = {.name = "node", .size = sizeof(node), .pointers.mask = node_words};
  mgc_type a_node, a_table;
  mgc_heap* heap;
  int sum;
  if (mgc_heap_create(&options, &heap) != MGC_OK) return 0;
  if (mgc_type_define(heap, &info, &a_node) != MGC_OK) return 0;
  info = (mgc_type_info){.name = "table", .size = sizeof(table), .pointers.mask = table_words};
  if (mgc_type_define(heap, &info, &a_table) != MGC_OK) return 0;
  if (prepare(mgc_main_mutator(heap), a_node, a_table) != MGC_OK) return 0;
  sum = run(mgc_main_mutator(heap), 40);
  mgc_heap_destroy(heap);
  return sum;
}

/* The sum is the same with a collection at every allocation as with none. */
int main(void) {
  const int calm = outcome(0);
  printf("%s\n", calm != 0 && calm == outcome(1) ? "right" : "wrong");
  return 0;
}
#endif
