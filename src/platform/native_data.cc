// Static data of a native program: the writable segments of the executable and of all libraries that are loaded, as the
// dynamic linker lists them. The list is asked for anew each time, so nobody has to tell the heap of dlopen and
// dlclose.
#include "platform/native.h"

#if defined(__linux__)
#include <link.h>
#elif defined(__APPLE__)
#include <mach-o/dyld.h>
#include <mach-o/getsect.h>
#endif

namespace mallocgc::platform {

namespace {

struct Visit {
  RangeVisitor call;
  void* context;

  // Leaves out the record of the process, which is large and holds none of the client's words.
  void range(Address low, size_t bytes) const {
    const Address begin = low.aligned_up(kWordBytes);
    const Address end = (low + bytes).aligned_down(kWordBytes);
    const Range hole = process_record();
    if (hole.low < begin || hole.end() > end) return whole(begin, end);
    whole(begin, hole.low);
    whole(hole.end().aligned_up(kWordBytes), end);
  }
  void whole(Address begin, Address end) const {
    if (begin < end) call(context, Range{begin, end - begin});
  }
};

}  // namespace

#if defined(__linux__)
void visit_static_data(RangeVisitor visit, void* context) {
  Visit all{visit, context};
  const auto each = [](dl_phdr_info* object, size_t, void* data) {
    for (ElfW(Half) i = 0; i < object->dlpi_phnum; ++i) {
      const ElfW(Phdr)& segment = object->dlpi_phdr[i];
      if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) == 0) continue;
      static_cast<const Visit*>(data)->range(Address(object->dlpi_addr + segment.p_vaddr), segment.p_memsz);
    }
    return 0;
  };
  dl_iterate_phdr(each, &all);
}
#elif defined(__APPLE__)
void visit_static_data(RangeVisitor visit, void* context) {
  const Visit all{visit, context};
  for (uint32_t i = 0; i < _dyld_image_count(); ++i) {
    const auto* const image = reinterpret_cast<const mach_header_64*>(_dyld_get_image_header(i));
    unsigned long bytes = 0;
    const uint8_t* const data = getsegmentdata(image, "__DATA", &bytes);
    if (data != nullptr) all.range(Address::of(data), bytes);
  }
}
#else
void visit_static_data(RangeVisitor, void*) {}
#endif

}  // namespace mallocgc::platform
