// A random history of registering, dying, draining and stopping is compared with maps and vectors at every step.
#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include "specials_fixture.h"

namespace mallocgc {
namespace {

constexpr size_t kObjectBytes = 16;

struct ModelCleanup {
  uint64_t id;
  uint64_t token;
};
struct ModelObject {
  std::vector<std::pair<size_t, uint64_t>> finalizers;  // offset, token; in order of arming
  std::vector<ModelCleanup> cleanups;
  std::map<size_t, uint64_t> weak;  // offset → id
};
struct ModelReady {
  Address object;
  uint64_t token;
  uint64_t cleanup_id;  // 0: a finalizer
};
struct ModelWeak {
  uint32_t uses;
  Address target;
};

class Model {
 public:
  explicit Model(uint32_t seed)
      : f_(size_t{64} << 20, seed % 3 == 0 ? 5 : GenerationTable::kMaxGeneration), random_(seed) {
    const uint32_t slots[] = {1, 63, 64, 65, 512};
    for (uint32_t i = 0; i < 5; ++i) {
      spans_[i].slots = slots[i];
      spans_[i].bytes = kObjectBytes;
      spans_[i].base = Address(0x100000 + i * 0x10000);
    }
  }

  void step() {
    const uint32_t kind = random_() % 100;
    pick();
    if (kind < 20) return arm();
    if (kind < 28) return clear();
    if (kind < 42) return add_cleanup();
    if (kind < 50) return stop();
    if (kind < 64) return make_weak();
    if (kind < 74) return free_weak();
    if (kind < 90) return die();
    if (kind < 97) return pop();
    if (kind < 99) return f_.specials.forget_new();
    for (FakeSpan& span : spans_) f_.specials.trim(span.home);
  }

  void compare() {
    ASSERT_EQ(f_.specials.verify(), nullptr);
    std::vector<Address> objects, contexts, arguments, queued, model_objects, model_contexts, model_arguments,
        model_queued;
    uint64_t live_objects = 0;
    for (const auto& [key, object] : objects_) {
      const Address base = spans_[key.first].address(key.second);
      for (const auto& [offset, token] : object.finalizers) {
        model_objects.push_back(base + offset);
        model_contexts.push_back(SpecialsFixture::context(token));
      }
      for (const ModelCleanup& cleanup : object.cleanups)
        model_arguments.push_back(SpecialsFixture::context(cleanup.token));
      const bool is_bare = object.finalizers.empty() && object.cleanups.empty() && object.weak.empty();
      live_objects += !is_bare;
      ASSERT_EQ(f_.specials.try_find(spans_[key.first].home, key.second) == nullptr, is_bare);
    }
    for (const ModelReady& ready : ready_)
      model_queued.push_back(ready.object), model_queued.push_back(SpecialsFixture::context(ready.token));
    f_.specials.visit_finalizer_objects(
        [&](Address object, Address context, bool) { objects.push_back(object), contexts.push_back(context); });
    f_.specials.visit_cleanup_args([&](Address argument) { arguments.push_back(argument); });
    f_.specials.visit_ready(
        [&](Address object, Address context) { queued.push_back(object), queued.push_back(context); });
    for (std::vector<Address>* all :
         {&objects, &contexts, &arguments, &model_objects, &model_contexts, &model_arguments}) {
      std::sort(all->begin(), all->end());
    }
    ASSERT_EQ(objects, model_objects);
    ASSERT_EQ(contexts, model_contexts);
    ASSERT_EQ(arguments, model_arguments);
    ASSERT_EQ(queued, model_queued);
    EXPECT_COUNT(f_.specials.counters().objects, live_objects);
    for (const auto& [id, weak] : weak_) ASSERT_EQ(f_.target(id), weak.target);
  }

 private:
  void pick() {
    span_ = random_() % 5;
    slot_ = random_() % std::min(spans_[span_].slots, 80u);
  }
  ModelObject& object() { return objects_[{span_, slot_}]; }
  ObjectPlace place() { return spans_[span_].at(slot_); }
  Address base() const { return spans_[span_].address(slot_); }
  FinalizerInfo next_info() {
    ++token_;
    return FinalizerInfo{.context = SpecialsFixture::context(token_), .token = token_};
  }
  auto finalizer_at(size_t offset) {
    return std::find_if(object().finalizers.begin(), object().finalizers.end(),
                        [&](const auto& one) { return one.first == offset; });
  }

  void arm() {
    const size_t offset = random_() % 4;
    const bool is_set = finalizer_at(offset) != object().finalizers.end();
    const Status status = f_.specials.set_finalizer(place(), base() + offset, next_info(), f_.error);
    ASSERT_EQ(status, is_set ? Status::kFinalizer : Status::kOk);
    if (!is_set) object().finalizers.push_back({offset, token_});
  }
  void clear() {
    const size_t offset = random_() % 4;
    const auto found = finalizer_at(offset);
    ASSERT_EQ(f_.specials.clear_finalizer(place(), base() + offset), found != object().finalizers.end());
    if (found != object().finalizers.end()) object().finalizers.erase(found);
  }
  void add_cleanup() {
    uint64_t id = 0;
    ASSERT_EQ(f_.specials.add_cleanup(place(), base(), next_info(), &id, f_.error), Status::kOk);
    ASSERT_EQ(std::count(cleanup_ids_.begin(), cleanup_ids_.end(), id), 0);
    cleanup_ids_.push_back(id);
    object().cleanups.push_back({id, token_});
  }
  void stop() {
    if (cleanup_ids_.empty()) return;
    const uint64_t id = cleanup_ids_[random_() % cleanup_ids_.size()];
    ASSERT_EQ(f_.specials.stop_cleanup(id, f_.error), Status::kOk);
    for (auto& [key, object] : objects_)
      std::erase_if(object.cleanups, [&](const ModelCleanup& one) { return one.id == id; });
    std::erase_if(ready_, [&](const ModelReady& one) { return one.cleanup_id == id; });
  }
  void make_weak() {
    const size_t offset = random_() % kObjectBytes;
    uint64_t id = 0;
    ASSERT_EQ(f_.specials.weak_create(place(), offset, &id), Status::kOk);
    const auto found = object().weak.find(offset);
    if (found != object().weak.end()) {
      ASSERT_EQ(id, found->second);
      weak_[id].uses += 1;
      return;
    }
    ASSERT_EQ(std::count(weak_ids_.begin(), weak_ids_.end(), id), 0);
    weak_ids_.push_back(id);
    object().weak[offset] = id;
    weak_[id] = ModelWeak{1, base() + offset};
  }
  void free_weak() {
    if (weak_ids_.empty()) return;
    const uint64_t id = weak_ids_[random_() % weak_ids_.size()];
    const auto found = weak_.find(id);
    ASSERT_EQ(f_.specials.weak_free(id, f_.error), found == weak_.end() ? Status::kStaleHandle : Status::kOk);
    if (found == weak_.end() || --found->second.uses != 0) return;
    for (auto& [key, object] : objects_) std::erase_if(object.weak, [&](const auto& one) { return one.second == id; });
    weak_.erase(found);
  }
  void die() {
    ModelObject& dead = object();
    ObjectNode* const node = f_.specials.try_find(spans_[span_].home, slot_);
    if (node == nullptr) return;
    const Verdict verdict = f_.specials.object_died(*node);
    for (const auto& [offset, id] : dead.weak) weak_[id].target = Address();
    dead.weak.clear();
    ASSERT_EQ(verdict, dead.finalizers.empty() ? Verdict::kFreed : Verdict::kResurrected);
    if (verdict == Verdict::kResurrected) {
      for (const auto& [offset, token] : dead.finalizers) ready_.push_back({base() + offset, token, 0});
      dead.finalizers.clear();
      return;
    }
    for (const ModelCleanup& cleanup : dead.cleanups) ready_.push_back({Address(), cleanup.token, cleanup.id});
    dead.cleanups.clear();
  }
  void pop() {
    Ready ready;
    const bool popped = f_.specials.pop_ready(&ready);
    ASSERT_EQ(popped, !ready_.empty());
    if (!popped) return;
    ASSERT_EQ(ready.info.token, ready_.front().token);
    ASSERT_EQ(ready.object, ready_.front().object);
    ASSERT_EQ(ready.kind == RecordKind::kCleanup, ready_.front().cleanup_id != 0);
    ready_.pop_front();
  }

  SpecialsFixture f_;
  std::mt19937 random_;
  FakeSpan spans_[5];
  uint32_t span_ = 0;
  uint32_t slot_ = 0;
  uint64_t token_ = 0;
  std::map<std::pair<uint32_t, uint32_t>, ModelObject> objects_;
  std::deque<ModelReady> ready_;
  std::map<uint64_t, ModelWeak> weak_;
  std::vector<uint64_t> cleanup_ids_, weak_ids_;
};

TEST(SpecialsModel, F1_F4_F5_F7_F8_RandomHistoriesAgreeWithANaiveModel) {
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    Model model(seed);
    for (uint32_t step = 0; step < 3000; ++step) {
      model.step();
      if (step % 50 == 0) model.compare();
      ASSERT_FALSE(testing::Test::HasFatalFailure()) << "seed " << seed << " step " << step;
    }
  }
}

}  // namespace
}  // namespace mallocgc
