// Status: what can fail returns one. The values are those of the C ABI (abi.h), so that a status crosses every door
// unchanged.
#pragma once

#include <mallocgc/abi.h>

namespace mallocgc {

enum class [[nodiscard]] Status : int32_t{
    kOk = MGC_OK,
    kOutOfMemory = MGC_OUT_OF_MEMORY,
    kBadSize = MGC_BAD_SIZE,
    kBadType = MGC_BAD_TYPE,
    kBadPointer = MGC_BAD_POINTER,
    kBadArgument = MGC_BAD_ARGUMENT,
    kStaleHandle = MGC_STALE_HANDLE,
    kFinalizer = MGC_FINALIZER,
    kShadowStack = MGC_SHADOW_STACK,
    kCorrupt = MGC_CORRUPT,
    kTryAgain = MGC_TRY_AGAIN,
};

}  // namespace mallocgc
