// The rooms of one heap are put together here, and only here. Each is given what it uses.
// Doors: heap.ts.

import { Allocator } from './allocate.js';
import { Core } from './core.js';
import { Cycle } from './cycle.js';
import { Events } from './events.js';
import type { Further } from './further.js';
import { HostValues } from './host.js';
import { Known } from './known.js';
import { Lifecycle } from './lifecycle.js';
import { Measures } from './measures.js';
import { needsDebugFlavour, type Settings } from './options.js';
import { RawHeap } from './raw.js';
import { Roots } from './roots.js';
import { Schedule } from './schedule.js';
import { Scopes } from './scope.js';
import { start } from './start.js';
import { Types } from './types.js';
import { Weaks } from './weak.js';

export class Rooms {
  /** Parts of the face that most programs never use. */
  declare readonly further: Further;
  declare readonly core: Core;
  declare readonly known: Known;
  declare readonly events: Events;
  declare readonly host: HostValues;
  declare readonly measures: Measures;
  declare readonly cycle: Cycle;
  declare readonly allocator: Allocator;
  declare readonly roots: Roots;
  declare readonly lifecycle: Lifecycle;
  declare readonly types: Types;
  declare readonly scopes: Scopes;
  declare readonly weaks: Weaks;
  declare readonly raw: RawHeap;

  constructor(module: WebAssembly.Module, settings: Settings, further: Further) {
    this.further = further;
    const { wasm, memory, description } = start(module, settings);
    const core = new Core(wasm, memory, description);
    // What a task does is known last: nothing schedules one before the heap is whole.
    const schedule = new Schedule(settings.automatic, {
      soon: () => this.lifecycle.soon(),
      hasSlices: () => this.lifecycle.hasSlices(),
      slice: (milliseconds) => this.lifecycle.slice(milliseconds),
    });
    this.core = core;
    this.known = new Known(core);
    this.events = new Events(core, schedule, settings.onTrace);
    this.host = new HostValues(core, settings.jsValueBytes, settings.gcPercent);
    this.measures = new Measures(settings.debug.measures === true);
    this.cycle = new Cycle(core, this.host, this.events, schedule, this.measures, settings.noBarriers);
    this.allocator = new Allocator(core, this.cycle, this.events, settings.onPressure);
    this.roots = new Roots(core, this.known, this.events, {
      ballastBytes: settings.ballastBytes,
      handleStacks: settings.debug.handleStacks === true,
      withSite: needsDebugFlavour(settings.debug),
    });
    this.lifecycle = new Lifecycle(core, this.roots, this.host, this.cycle, this.events, {
      onError: settings.onFinalizerError,
      keepsItself: settings.debug.finalizerChecks === true ? further.keepsItself : undefined,
    });
    this.types = new Types(this, this.cycle);
    this.scopes = new Scopes(core, this.roots, this.types);
    this.weaks = new Weaks(core, this.events);
    this.raw = new RawHeap(core, this.allocator, this.types);
  }

  dispose(): void {
    this.core.dispose();
    this.host.clear();
    this.lifecycle.clear();
    this.roots.clear();
    this.weaks.clear();
  }
}
