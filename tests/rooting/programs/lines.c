/* Each call that is reported with its line says so behind it. The program is compiled with debugging information. No
 * integer lives across a call. */
#include "heap.h"

static volatile u32 rounds = 3;
NOINLINE static Node* fresh(void) { return mgc_new(node_type); }
NOINLINE static Node* joined(Node* left, Node* right) {
  Node* const both = fresh(); /* reported */
  both->left = left;
  both->right = right;
  return both;
}

#include "lines.h"

EXPORT(test_lines) u32 test_lines(void) {
  Node* first = fresh();
  Node* second = fresh(); /* reported */
  while (rounds--) {
    Node* third = fresh(); /* reported */
    if (third->value == 0)
      second = joined(third, second); /* reported */
    else
      first = linked(first);
  }
  return first->value + second->value;
}
