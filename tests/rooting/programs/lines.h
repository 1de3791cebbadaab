/* The lines of this function in a header are in another file than those of its caller. */
#ifndef LINES_H
#define LINES_H

static inline Node* linked(Node* left) {
  Node* const right = fresh(); /* reported */
  right->left = left;
  return right;
}

#endif
