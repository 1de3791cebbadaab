/* The names that the C face gives to what its functions take and give. Door: mallocgc.h. */
#ifndef MALLOCGC_NAMES_H
#define MALLOCGC_NAMES_H

#include <stdint.h>

typedef struct mgc_heap mgc_heap;
/* Begins with a mgc_mutator_abi, so a pointer to one is a pointer to the other. */
typedef struct mgc_mutator mgc_mutator;
/* What mgc_type_define gives; null: no type. Valid as long as its heap. */
typedef const struct mgc_type_record* mgc_type;
/* MGC_OK or another code of abi.h. */
typedef int32_t mgc_status;
/* Each below 2^53 and never 0; 0 is what a failed call gives. */
typedef uint64_t mgc_handle;
typedef uint64_t mgc_cleanup;
typedef uint64_t mgc_weak;

#endif
