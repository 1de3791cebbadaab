// MGC_ASAN is defined where AddressSanitizer is built in. Doors: base/client_call.h, platform/sanitizer.h.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define MGC_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MGC_ASAN 1
#endif
#endif
