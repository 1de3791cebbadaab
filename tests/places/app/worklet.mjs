// The processor of an AudioWorklet has no timers, no fetch, no TextDecoder and no import().

import { createHeap, t } from 'mallocgc/inline';
import { work } from './work.mjs';

class Processor extends AudioWorkletProcessor {
  constructor() {
    super();
    createHeap({ schedule: 'manual' })
      .then((heap) => work(heap, t))
      .catch((error) => `failed: ${error}`)
      .then((said) => this.port.postMessage(said));
  }
  process() {
    return false;
  }
}
registerProcessor('heap', Processor);
