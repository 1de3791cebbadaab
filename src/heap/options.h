// This says what is wrong with the options of a heap. It is asked before anything is taken, so that an option out of
// range is told as such also where there is no memory for a heap.
// Doors: from Heap::init, and from api/ where no heap could be made that would ask.
#pragma once

#include <mallocgc/abi.h>

#include "base/config.h"

namespace mallocgc {

// Returns why MGC_BAD_ARGUMENT is the answer, or null if nothing is wrong. The text is empty in a flavour without
// texts.
const char* refusal_of(const mgc_options& options);

// Does the same for Heap::set_debug.
const char* refusal_of_debug(uint32_t flags, uint32_t stress_every);

}  // namespace mallocgc
