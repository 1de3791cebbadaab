// splay is a self-adjusting tree (D. Sleator, R. Tarjan, "Self-Adjusting Binary Search Trees", 1985) of nodes with
// large payloads. An operation inserts a node with a random key and removes the one with the greatest key below it, so
// the tree stays as large as it is while everything in it is replaced. A step is one operation: the distribution of
// their times is a figure of its own. The checksum is over keys and payloads of the tree at the end.
#include <charconv>
#include <cstring>
#include <string_view>
#include <vector>

#include "programs.h"

namespace bench {
namespace {

constexpr uint32_t kPayloadDepth = 5;
constexpr uint32_t kNumbers = 10;

struct Payload {};
struct Twig : Payload {
  gc::Member<Payload> left, right;
};
MALLOCGC_TYPE(Twig, left, right);
struct Numbers {
  int32_t values[kNumbers];
};
MALLOCGC_TYPE(Numbers);
struct Leaf : Payload {
  gc::Member<Numbers> numbers;
  gc::Member<char> text;
  uint32_t length;
};
MALLOCGC_TYPE(Leaf, numbers, text);

struct Node {
  gc::Member<Node> left, right;
  gc::Member<Payload> payload;
  uint32_t key;
};
MALLOCGC_TYPE(Node, left, right, payload);

uint32_t write_text(char* text, uint32_t key) {
  constexpr std::string_view kBefore = "String for key ";
  constexpr std::string_view kBehind = " in leaf node";
  std::memcpy(text, kBefore.data(), kBefore.size());
  char* const end = std::to_chars(text + kBefore.size(), text + 40, key).ptr;
  std::memcpy(end, kBehind.data(), kBehind.size());
  return static_cast<uint32_t>(end + kBehind.size() - text);
}

gc::Fresh<Leaf> make_leaf(gc::Frame& frame, uint32_t key) {
  gc::Local<Leaf> leaf = frame.make<Leaf>();
  leaf->numbers = frame.make<Numbers>();
  for (uint32_t i = 0; i < kNumbers; ++i) leaf->numbers->values[i] = static_cast<int32_t>(i);
  char text[64];
  const uint32_t length = write_text(text, key);
  leaf->text = frame.make_array<char>(length);
  std::memcpy(leaf->text.get(), text, length);
  leaf->length = length;
  return leaf.fresh();
}

gc::Fresh<Payload> make_payload(gc::Frame& frame, uint32_t depth, uint32_t key) {
  if (depth == 0) return make_leaf(frame, key);
  gc::Local<Twig> twig = frame.make<Twig>();
  twig->left = make_payload(frame, depth - 1, key);
  twig->right = make_payload(frame, depth - 1, key);
  return twig.fresh();
}

uint32_t sum_of(const Payload* payload, uint32_t depth) {
  if (depth != 0) {
    const Twig* const twig = static_cast<const Twig*>(payload);
    return sum_of(twig->left.get(), depth - 1) + sum_of(twig->right.get(), depth - 1);
  }
  const Leaf* const leaf = static_cast<const Leaf*>(payload);
  uint32_t sum = leaf->length + static_cast<unsigned char>(leaf->text[leaf->length - 1]);
  for (const int32_t value : leaf->numbers->values) sum += static_cast<uint32_t>(value);
  return sum;
}

class Splay final : public Workload {
 public:
  Splay(gc::Heap& heap, Sizes sizes) : heap_(heap), nodes_(sizes.a), operations_(sizes.b), left_(sizes.b) {}

  void prepare() override {
    {
      gc::Frame frame(heap_);
      side_ = frame.make<Node>();
    }
    for (uint32_t i = 0; i < nodes_; ++i) insert_new();
  }
  bool step() override {
    const uint32_t key = insert_new();
    const Node* const below = greatest_below(key);
    remove(below == nullptr ? key : below->key);
    return --left_ != 0;
  }
  double checksum() override {
    uint32_t sum = 0;
    std::vector<const Node*> stack{root_.get()};
    while (!stack.empty()) {
      const Node* const node = stack.back();
      stack.pop_back();
      if (node == nullptr) continue;
      sum += node->key + sum_of(node->payload.get(), kPayloadDepth);
      stack.push_back(node->left.get());
      stack.push_back(node->right.get());
    }
    return sum;
  }
  double operations() const override { return operations_; }

 private:
  // Brings the node with the key, or the last one on the way to where it would be, to the root: the top-down splaying
  // of the paper. Nodes that are left behind gather on the right spine of a tree of smaller keys and on the left spine
  // of one of greater keys; both hang on `side_` meanwhile.
  void splay(uint32_t key) {
    Node* current = root_.get();
    Node* const side = side_.get();
    Node* smaller = side;
    Node* greater = side;
    while (key != current->key) {
      if (key < current->key) {
        Node* next = current->left.get();
        if (next == nullptr) break;
        if (key < next->key) {
          current->left = next->right;
          next->right = current;
          current = next;
          if (current->left == nullptr) break;
        }
        greater->left = current;
        greater = current;
        current = current->left.get();
      } else {
        Node* next = current->right.get();
        if (next == nullptr) break;
        if (key > next->key) {
          current->right = next->left;
          next->left = current;
          current = next;
          if (current->right == nullptr) break;
        }
        smaller->right = current;
        smaller = current;
        current = current->right.get();
      }
    }
    smaller->right = current->left;
    greater->left = current->right;
    current->left = side->right;
    current->right = side->left;
    side->left = nullptr;
    side->right = nullptr;
    set_root(current);
  }
  void set_root(Node* node) {
    gc::Frame frame(heap_);
    root_ = gc::Local<Node>(frame, node);
  }

  uint32_t insert_new() {
    uint32_t key = random_.next();
    while (has(key)) key = random_.next();
    gc::Frame frame(heap_);
    gc::Local<Node> node = frame.make<Node>();
    node->key = key;
    node->payload = make_payload(frame, kPayloadDepth, key);
    if (root_ != nullptr) {
      Node* const root = root_.get();  // has() has splayed: it is a neighbour of the key
      if (key > root->key) {
        node->left = root;
        node->right = root->right;
        root->right = nullptr;
      } else {
        node->right = root;
        node->left = root->left;
        root->left = nullptr;
      }
    }
    root_ = node;
    return key;
  }
  bool has(uint32_t key) {
    if (root_ == nullptr) return false;
    splay(key);
    return root_->key == key;
  }
  const Node* greatest_below(uint32_t key) {
    splay(key);
    if (root_->key < key) return root_.get();
    const Node* node = root_->left.get();
    while (node != nullptr && node->right != nullptr) node = node->right.get();
    return node;
  }
  void remove(uint32_t key) {
    splay(key);
    Node* const right = root_->right.get();
    if (root_->left == nullptr) return set_root(right);
    set_root(root_->left.get());
    splay(key);  // now its greatest is the root, and has no right child
    root_->right = right;
  }

  gc::Heap& heap_;
  gc::Root<Node> root_, side_;
  Random random_;
  const uint32_t nodes_, operations_;
  uint32_t left_;
};

}  // namespace

Workload* make_splay(gc::Heap& heap, Sizes sizes) { return make_workload<Splay>(heap, sizes); }

}  // namespace bench
