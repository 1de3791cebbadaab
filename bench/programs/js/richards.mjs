// richards with JS objects simulates the kernel of an operating system (see bench/programs/cpp/richards.cc).

const [kIdle, kWorker, kHandlerA, kHandlerB, kDeviceA, kDeviceB] = [0, 1, 2, 3, 4, 5];
const [kOfDevice, kOfWork] = [0, 1];
const [kPending, kWaiting, kHeld] = [1, 2, 4];
const kWorkWords = 4;
const kIdleCount = 1000;

class Packet {
  a1 = 0;
  a2 = [0, 0, 0, 0];
  constructor(link, id, kind) {
    this.link = link;
    this.id = id;
    this.kind = kind;
  }

  /** Returns the list with the packet at its end. */
  appendedTo(list) {
    this.link = null;
    if (list === null) return this;
    let last = list;
    while (last.link !== null) last = last.link;
    last.link = this;
    return list;
  }
}

class Task {
  constructor(kernel, id, queue) {
    this.kernel = kernel;
    this.id = id;
    this.priority = 1000 * id;
    this.queue = queue;
    this.state = queue === null ? kWaiting : kWaiting | kPending;
    this.link = null;
  }

  run() {
    let packet = null;
    if (this.state === (kWaiting | kPending)) {
      packet = this.queue;
      this.queue = packet.link;
      this.state = this.queue === null ? 0 : kPending;
    }
    return this.work(packet);
  }
}

class IdleTask extends Task {
  bits = 1;
  left = kIdleCount;
  state = 0;
  work() {
    if (--this.left === 0) return this.kernel.hold();
    const isOdd = (this.bits & 1) !== 0;
    this.bits >>= 1;
    if (!isOdd) return this.kernel.release(kDeviceA);
    this.bits ^= 0xd008;
    return this.kernel.release(kDeviceB);
  }
}

class WorkerTask extends Task {
  to = kHandlerA;
  letter = 0;
  work(packet) {
    if (packet === null) return this.kernel.wait();
    this.to = this.to === kHandlerA ? kHandlerB : kHandlerA;
    packet.id = this.to;
    packet.a1 = 0;
    for (let i = 0; i < kWorkWords; ++i) {
      this.letter = this.letter === 26 ? 1 : this.letter + 1;
      packet.a2[i] = this.letter;
    }
    return this.kernel.send(packet);
  }
}

class HandlerTask extends Task {
  works = null;
  devices = null;
  work(packet) {
    if (packet !== null && packet.kind === kOfWork) this.works = packet.appendedTo(this.works);
    if (packet !== null && packet.kind === kOfDevice) this.devices = packet.appendedTo(this.devices);
    const { works: work, devices: device } = this;
    if (work === null) return this.kernel.wait();
    if (work.a1 === kWorkWords) {
      this.works = work.link;
      return this.kernel.send(work);
    }
    if (device === null) return this.kernel.wait();
    this.devices = device.link;
    device.a1 = work.a2[work.a1++];
    return this.kernel.send(device);
  }
}

class DeviceTask extends Task {
  packet = null;
  work(packet) {
    if (packet !== null) {
      this.packet = packet;
      return this.kernel.hold();
    }
    const kept = this.packet;
    if (kept === null) return this.kernel.wait();
    this.packet = null;
    return this.kernel.send(kept);
  }
}

class Kernel {
  list = null;
  current = null;
  currentId = 0;
  byId = [null, null, null, null, null, null];
  queued = 0;
  held = 0;

  add(Kind, id, packets = 0, kind = kOfWork, from = id) {
    let queue = null;
    for (let i = 0; i < packets; ++i) queue = new Packet(queue, from, kind);
    const task = new Kind(this, id, queue);
    task.link = this.list;
    this.list = task;
    this.byId[id] = task;
  }
  release(id) {
    const task = this.byId[id];
    task.state &= ~kHeld;
    return task.priority > this.current.priority ? task : this.current;
  }
  hold() {
    ++this.held;
    this.current.state |= kHeld;
    return this.current.link;
  }
  wait() {
    this.current.state |= kWaiting;
    return this.current;
  }
  send(packet) {
    const task = this.byId[packet.id];
    ++this.queued;
    packet.link = null;
    packet.id = this.currentId;
    if (task.queue !== null) {
      task.queue = packet.appendedTo(task.queue);
      return this.current;
    }
    task.queue = packet;
    task.state |= kPending;
    return task.priority > this.current.priority ? task : this.current;
  }
  schedule() {
    this.current = this.list;
    while (this.current !== null) {
      const task = this.current;
      if ((task.state & kHeld) !== 0 || task.state === kWaiting) {
        this.current = task.link;
      } else {
        this.currentId = task.id;
        this.current = task.run();
      }
    }
  }
}

export function richards(rounds) {
  let [left, sum] = [rounds, 0];
  const step = () => {
    const kernel = new Kernel();
    kernel.add(IdleTask, kIdle);
    kernel.add(WorkerTask, kWorker, 2);
    kernel.add(HandlerTask, kHandlerA, 3, kOfDevice, kDeviceA);
    kernel.add(HandlerTask, kHandlerB, 3, kOfDevice, kDeviceB);
    kernel.add(DeviceTask, kDeviceA);
    kernel.add(DeviceTask, kDeviceB);
    kernel.schedule();
    sum += kernel.queued * 1000 + kernel.held;
    return --left > 0;
  };
  return { prepare() {}, step, checksum: () => sum, operations: () => rounds };
}
