// richards simulates the kernel of an operating system (M. Richards' benchmark for the language BCPL, 1981): an idle
// task, a worker, two handlers and two devices send each other packets. There are few objects and many reads and stores
// of pointers. A round is a whole simulation; its published result is 2322 packets queued and 928 holds.
#include "programs.h"

namespace bench {
namespace {

enum Id : uint32_t { kIdle, kWorker, kHandlerA, kHandlerB, kDeviceA, kDeviceB, kIds };
enum Kind : uint32_t { kOfDevice, kOfWork };
enum State : uint32_t { kPending = 1, kWaiting = 2, kHeld = 4 };
constexpr uint32_t kWorkWords = 4;
constexpr uint32_t kIdleCount = 1000;

struct Packet {
  gc::Member<Packet> link;
  uint32_t id, kind;
  uint32_t a1;
  uint32_t a2[kWorkWords];
};
MALLOCGC_TYPE(Packet, link);

struct Task {
  gc::Member<Task> link;
  gc::Member<Packet> queue;
  gc::Member<Packet> work, device;  // a handler's queues; a device's packet is in `work`
  uint32_t id, priority, state;
  uint32_t v1, v2;  // what idle task and worker count with
};
MALLOCGC_TYPE(Task, link, queue, work, device);

// Puts the packet at the end of a list. Returns the list, which is the packet alone where there was none.
Packet* append(Packet* packet, Packet* list) {
  packet->link = nullptr;
  if (list == nullptr) return packet;
  Packet* last = list;
  while (last->link != nullptr) last = last->link.get();
  last->link = packet;
  return list;
}

struct Kernel {
  gc::Member<Task> list, current;
  gc::Member<Task> by_id[kIds];
  uint32_t current_id, queued, held;

  Task* find(uint32_t id) const { return by_id[id].get(); }

  Task* release(uint32_t id) {
    Task* const task = find(id);
    task->state &= ~kHeld;
    return task->priority > current->priority ? task : current.get();
  }
  Task* hold() {
    ++held;
    current->state |= kHeld;
    return current->link.get();
  }
  Task* wait() {
    current->state |= kWaiting;
    return current.get();
  }
  Task* send(Packet* packet) {
    Task* const task = find(packet->id);
    ++queued;
    packet->link = nullptr;
    packet->id = current_id;
    if (task->queue != nullptr) {
      task->queue = append(packet, task->queue.get());
      return current.get();
    }
    task->queue = packet;
    task->state |= kPending;
    return task->priority > current->priority ? task : current.get();
  }

  Task* run_idle(Task* task) {
    if (--task->v2 == 0) return hold();
    const bool is_odd = (task->v1 & 1) != 0;
    task->v1 >>= 1;
    if (!is_odd) return release(kDeviceA);
    task->v1 ^= 0xd008;
    return release(kDeviceB);
  }
  Task* run_worker(Task* task, Packet* packet) {
    if (packet == nullptr) return wait();
    task->v1 = task->v1 == kHandlerA ? kHandlerB : kHandlerA;
    packet->id = task->v1;
    packet->a1 = 0;
    for (uint32_t& word : packet->a2) {
      task->v2 = task->v2 == 26 ? 1 : task->v2 + 1;
      word = task->v2;
    }
    return send(packet);
  }
  Task* run_handler(Task* task, Packet* packet) {
    if (packet != nullptr && packet->kind == kOfWork) task->work = append(packet, task->work.get());
    if (packet != nullptr && packet->kind == kOfDevice) task->device = append(packet, task->device.get());
    Packet* const work = task->work.get();
    if (work == nullptr) return wait();
    if (work->a1 == kWorkWords) {
      task->work = work->link;
      return send(work);
    }
    Packet* const device = task->device.get();
    if (device == nullptr) return wait();
    task->device = device->link;
    device->a1 = work->a2[work->a1++];
    return send(device);
  }
  Task* run_device(Task* task, Packet* packet) {
    if (packet != nullptr) {
      task->work = packet;
      return hold();
    }
    Packet* const work = task->work.get();
    if (work == nullptr) return wait();
    task->work = nullptr;
    return send(work);
  }
  Task* run(Task* task) {
    Packet* packet = nullptr;
    if (task->state == (kWaiting | kPending)) {
      packet = task->queue.get();
      task->queue = packet->link;
      task->state = task->queue == nullptr ? 0u : uint32_t{kPending};
    }
    switch (task->id) {
      case kIdle:
        return run_idle(task);
      case kWorker:
        return run_worker(task, packet);
      case kHandlerA:
      case kHandlerB:
        return run_handler(task, packet);
      default:
        return run_device(task, packet);
    }
  }
  void schedule() {
    current = list;
    while (current != nullptr) {
      Task* const task = current.get();
      if ((task->state & kHeld) != 0 || task->state == kWaiting) {
        current = task->link;
      } else {
        current_id = task->id;
        current = run(task);
      }
    }
  }
};
MALLOCGC_TYPE(Kernel, list, current, by_id);

void add_task(gc::Frame& frame, const gc::Local<Kernel>& kernel, Id id, uint32_t packets, Kind kind, Id from) {
  gc::Local<Task> task = frame.make<Task>();
  task->id = id;
  task->priority = 1000 * id;
  task->state = kWaiting;
  for (uint32_t i = 0; i < packets; ++i) {
    gc::Local<Packet> packet = frame.make<Packet>();
    packet->id = from;
    packet->kind = kind;
    packet->link = task->queue;
    task->queue = packet;
    task->state = kWaiting | kPending;
  }
  task->link = kernel->list;
  kernel->list = task;
  kernel->by_id[id] = task;
}

class Richards final : public Workload {
 public:
  Richards(gc::Heap& heap, Sizes sizes) : heap_(heap), rounds_(sizes.a), left_(sizes.a) {}

  bool step() override {
    gc::Frame frame(heap_);
    gc::Local<Kernel> kernel = frame.make<Kernel>();
    add_task(frame, kernel, kIdle, 0, kOfWork, kIdle);
    kernel->find(kIdle)->state = 0;
    kernel->find(kIdle)->v1 = 1;
    kernel->find(kIdle)->v2 = kIdleCount;
    add_task(frame, kernel, kWorker, 2, kOfWork, kWorker);
    kernel->find(kWorker)->v1 = kHandlerA;
    add_task(frame, kernel, kHandlerA, 3, kOfDevice, kDeviceA);
    add_task(frame, kernel, kHandlerB, 3, kOfDevice, kDeviceB);
    add_task(frame, kernel, kDeviceA, 0, kOfDevice, kDeviceA);
    add_task(frame, kernel, kDeviceB, 0, kOfDevice, kDeviceB);
    kernel->schedule();
    sum_ += kernel->queued * 1000 + kernel->held;
    return --left_ != 0;
  }
  double checksum() override { return sum_; }
  double operations() const override { return rounds_; }

 private:
  gc::Heap& heap_;
  const uint32_t rounds_;
  uint32_t left_;
  double sum_ = 0;
};

}  // namespace

Workload* make_richards(gc::Heap& heap, Sizes sizes) { return make_workload<Richards>(heap, sizes); }

}  // namespace bench
