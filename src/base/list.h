// A doubly linked list through members of its elements. It allocates nothing, and an element leaves in constant time
// without knowing which list it is in.
// inv.list.links: for every link, link.next.previous == link.
#pragma once

#include "base/config.h"

namespace mallocgc {

struct ListLink {
  ListLink* next = nullptr;
  ListLink* previous = nullptr;

  bool is_linked() const { return next != nullptr; }
  void unlink() {
    next->previous = previous;
    previous->next = next;
    next = previous = nullptr;
  }
};

// T derives from ListLink. The list is a ring through its own head.
template <class T>
class List {
 public:
  constexpr List() : head_{&head_, &head_} {}
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  bool empty() const { return head_.next == &head_; }
  T* first() const { return empty() ? nullptr : static_cast<T*>(head_.next); }
  T* after(const T* element) const {
    ListLink* const next = static_cast<const ListLink*>(element)->next;  // T may have a `next` of its own
    return next == &head_ ? nullptr : static_cast<T*>(next);
  }
  T* last() const { return empty() ? nullptr : static_cast<T*>(head_.previous); }
  T* before(const T* element) const {
    ListLink* const previous = static_cast<const ListLink*>(element)->previous;
    return previous == &head_ ? nullptr : static_cast<T*>(previous);
  }
  void push_back(T* element) { insert_before(&head_, element); }
  void push_front(T* element) { insert_before(head_.next, element); }
  T* pop_front() {
    T* element = first();
    if (element != nullptr) element->unlink();
    return element;
  }
  // Moves every element of `other` to the front of this list, in constant time.
  void prepend(List& other) {
    if (other.empty()) return;
    ListLink* const first = other.head_.next;
    ListLink* const last = other.head_.previous;
    last->next = head_.next;
    head_.next->previous = last;
    first->previous = &head_;
    head_.next = first;
    other.clear();
  }

 private:
  void clear() { head_.next = head_.previous = &head_; }
  static void insert_before(ListLink* place, ListLink* element) {
    element->next = place;
    element->previous = place->previous;
    place->previous->next = element;
    place->previous = element;
  }
  ListLink head_;
};

}  // namespace mallocgc
