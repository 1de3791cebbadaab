// havlak finds the loops of a control-flow graph, and how they nest (P. Havlak, "Nesting of Reducible and Irreducible
// Loops", 1997; as a benchmark of languages: R. Hundt, "Loop Recognition in C++/Java/Go/Scala", 2011). The graph is
// made once. Each round makes all that the analysis needs anew: a node of the depth-first numbering for each block,
// sets of nodes, and the loops. The checksum adds the number of loops and their depths.
#include "programs.h"
#include "vector.h"

namespace bench {
namespace {

struct Block;
struct Loop;

struct Block {
  gc::Member<Vector<Block>> in, out;
  uint32_t number;  // of the depth-first order in the present round, from 1; 0: not seen yet
};
MALLOCGC_TYPE(Block, in, out);

// A place is a block in the depth-first order, and its place in the forest of union and find.
struct Place {
  gc::Member<Place> parent;
  gc::Member<Block> block;
  gc::Member<Loop> loop;
  gc::Member<Vector<Place>> back, others;  // where edges to it come from
  uint32_t number, last;                   // its own number, and the greatest among its descendants
  uint32_t taken_by;                       // the header whose body it was put into last
  bool is_self, is_irreducible;
};
MALLOCGC_TYPE(Place, parent, block, loop, back, others);

struct Loop {
  gc::Member<Loop> parent;
  gc::Member<Vector<Block>> blocks;
  uint32_t depth;  // counted at the end; 0: not yet
  bool is_irreducible;
};
MALLOCGC_TYPE(Loop, parent, blocks);

using Blocks = Vector<Block>;

class Graph {
 public:
  Graph(gc::Frame& frame, const gc::Local<Blocks>& blocks) : frame_(frame), blocks_(blocks) {}

  uint32_t add_block() {
    gc::Local<Block> block = frame_.make<Block>();
    block->in = frame_.make<Blocks>();
    block->out = frame_.make<Blocks>();
    push(frame_, blocks_, block);
    return blocks_->count - 1;
  }
  void connect(uint32_t from, uint32_t to) {
    gc::Local<Block> source(frame_, blocks_->at(from));
    gc::Local<Block> target(frame_, blocks_->at(to));
    gc::Local<Blocks> list(frame_, source->out);
    push(frame_, list, target);
    list = target->in;
    push(frame_, list, source);
  }
  uint32_t straight(uint32_t from, uint32_t n) {
    for (uint32_t i = 0; i < n; ++i) {
      const uint32_t next = add_block();
      connect(from, next);
      from = next;
    }
    return from;
  }
  // Makes two ways that meet again, and returns where.
  uint32_t diamond(uint32_t from) {
    const uint32_t end = straight(from, 2);
    connect(straight(from, 1), end);
    return end;
  }
  // Makes a loop with a loop in it, and a branch in each.
  uint32_t nest(uint32_t from) {
    const uint32_t header = straight(from, 1);
    const uint32_t inner = diamond(header);
    const uint32_t inner_end = diamond(inner);
    connect(inner_end, inner);
    const uint32_t footer = straight(inner_end, 2);
    connect(footer, header);
    return straight(diamond(footer), 1);
  }

 private:
  gc::Frame& frame_;
  const gc::Local<Blocks>& blocks_;
};

class Analysis {
 public:
  explicit Analysis(gc::Frame& frame, const gc::Local<Blocks>& blocks)
      : frame_(frame), places_(frame.make<Vector<Place>>()), loops_(frame.make<Vector<Loop>>()) {
    for (uint32_t i = 0; i < blocks->count; ++i) blocks->at(i)->number = 0;
    number(blocks);
    find_predecessors();
    for (uint32_t i = places_->count; i > 0; --i) find_body(i);
  }

  // Adds 1000 for each loop, 100 more for an irreducible one, its depth, and its blocks.
  uint32_t sum() {
    uint32_t sum = 0;
    // A loop is found after those in it, so from the last one each parent has its depth before its children.
    for (uint32_t i = loops_->count; i > 0; --i) {
      Loop* const loop = loops_->at(i - 1);
      loop->depth = loop->parent == nullptr ? 1 : loop->parent->depth + 1;
      sum += 1000 + (loop->is_irreducible ? 100 : 0) + loop->depth + loop->blocks->count;
    }
    return sum;
  }

 private:
  Place* place(uint32_t number) const { return places_->at(number - 1); }
  // This has a stack of blocks of its own: a graph is deeper than the machine's stack.
  void number(const gc::Local<Blocks>& blocks) {
    gc::Local<Blocks> stack = frame_.make<Blocks>();
    gc::Local<Block> block(frame_, blocks->at(0));
    enter(stack, block);
    while (stack->count != 0) {
      Block* const top = stack->at(stack->count - 1);
      Block* next = nullptr;
      for (uint32_t i = 0; i < top->out->count && next == nullptr; ++i) {
        if (top->out->at(i)->number == 0) next = top->out->at(i);
      }
      if (next == nullptr) {
        place(top->number)->last = places_->count;
        stack->pop();
      } else {
        block = next;
        enter(stack, block);
      }
    }
  }
  void enter(const gc::Local<Blocks>& stack, const gc::Local<Block>& block) {
    gc::Local<Place> made = frame_.make<Place>();
    made->block = block;
    made->parent = made;
    made->back = frame_.make<Vector<Place>>();
    made->others = frame_.make<Vector<Place>>();
    push(frame_, places_, made);
    block->number = made->number = places_->count;
    push(frame_, stack, block);
  }
  static bool is_ancestor(const Place& above, const Place& below) {
    return above.number <= below.number && below.number <= above.last;
  }
  void find_predecessors() {
    gc::Local<Place> from(frame_);
    gc::Local<Place> to(frame_);
    gc::Local<Vector<Place>> list(frame_);
    for (uint32_t i = 1; i <= places_->count; ++i) {
      to = place(i);
      for (uint32_t k = 0; k < to->block->in->count; ++k) {
        const uint32_t number = to->block->in->at(k)->number;
        if (number == 0) continue;  // nothing leads there
        from = place(number);
        list = is_ancestor(*to, *from) ? to->back : to->others;
        push(frame_, list, from);
      }
    }
  }
  // Returns the outermost header so far of what the place belongs to, and shortens the way to it.
  static Place* find(Place* place) {
    while (place->parent != place) {
      place->parent = place->parent->parent;
      place = place->parent.get();
    }
    return place;
  }
  void take(const gc::Local<Place>& header, const gc::Local<Place>& place, const gc::Local<Vector<Place>>& body) {
    if (place == header || place->taken_by == header->number) return;
    place->taken_by = header->number;
    push(frame_, body, place);
  }
  // Finds what lies in the loop with this header, if there is one, and makes the loop.
  void find_body(uint32_t number) {
    gc::Local<Place> header(frame_, place(number));
    gc::Local<Vector<Place>> body = frame_.make<Vector<Place>>();
    gc::Local<Place> each(frame_);
    for (uint32_t i = 0; i < header->back->count; ++i) {
      each = find(header->back->at(i));
      if (each == header) header->is_self = true;
      take(header, each, body);
    }
    gc::Local<Place> before(frame_);
    gc::Local<Vector<Place>> others(frame_, header->others);
    for (uint32_t done = 0; done < body->count; ++done) {
      each = body->at(done);
      for (uint32_t i = 0; i < each->others->count; ++i) {
        before = find(each->others->at(i));
        if (is_ancestor(*header, *before)) {
          take(header, before, body);
        } else {
          header->is_irreducible = true;
          push(frame_, others, before);
        }
      }
    }
    if (body->count != 0 || header->is_self) make_loop(header, body);
  }
  void make_loop(const gc::Local<Place>& header, const gc::Local<Vector<Place>>& body) {
    gc::Local<Loop> loop = frame_.make<Loop>();
    loop->blocks = frame_.make<Blocks>();
    loop->is_irreducible = header->is_irreducible;
    gc::Local<Blocks> blocks(frame_, loop->blocks);
    gc::Local<Block> block(frame_, header->block);
    push(frame_, blocks, block);
    for (uint32_t i = 0; i < body->count; ++i) {
      Place* const place = body->at(i);
      place->parent = header;
      if (place->loop != nullptr) {
        place->loop->parent = loop;
      } else {
        block = place->block;
        push(frame_, blocks, block);
      }
    }
    header->loop = loop;
    push(frame_, loops_, loop);
  }

  gc::Frame& frame_;
  gc::Local<Vector<Place>> places_;
  gc::Local<Vector<Loop>> loops_;
};

class Havlak final : public Workload {
 public:
  Havlak(gc::Heap& heap, Sizes sizes) : heap_(heap), groups_(sizes.a), rounds_(sizes.b), left_(sizes.b) {}

  void prepare() override {
    gc::Frame frame(heap_);
    gc::Local<Blocks> blocks = frame.make<Blocks>();
    Graph graph(frame, blocks);
    uint32_t at = graph.add_block();
    for (uint32_t i = 0; i < groups_; ++i) {
      const uint32_t top = graph.straight(at, 1);
      at = top;
      for (uint32_t k = 0; k < kNestsOfAGroup; ++k) at = graph.nest(at);
      graph.connect(at, top);
      // Every third group has a second way in.
      if (i % 3 == 0) graph.connect(0, at);
      at = graph.straight(at, 1);
    }
    blocks_ = blocks;
  }
  bool step() override {
    gc::Frame frame(heap_);
    gc::Local<Blocks> blocks(frame, blocks_.get());
    sum_ += Analysis(frame, blocks).sum();
    return --left_ != 0;
  }
  double checksum() override { return sum_; }
  double operations() const override { return rounds_; }

 private:
  static constexpr uint32_t kNestsOfAGroup = 10;
  gc::Heap& heap_;
  gc::Root<Blocks> blocks_;
  const uint32_t groups_, rounds_;
  uint32_t left_;
  double sum_ = 0;
};

}  // namespace

Workload* make_havlak(gc::Heap& heap, Sizes sizes) { return make_workload<Havlak>(heap, sizes); }

}  // namespace bench
