# What find_package(mallocgc) reads: the library in the flavour that was installed, and, where that component was
# installed too, the debug flavour beside it. They need no other package.
include(${CMAKE_CURRENT_LIST_DIR}/mallocgcTargets.cmake)

set(mallocgc_debug_FOUND FALSE)
if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/mallocgcDebugTargets.cmake)
  include(${CMAKE_CURRENT_LIST_DIR}/mallocgcDebugTargets.cmake)
  set(mallocgc_debug_FOUND TRUE)
endif()

foreach(component IN LISTS mallocgc_FIND_COMPONENTS)
  if(mallocgc_FIND_REQUIRED_${component} AND NOT mallocgc_${component}_FOUND)
    set(mallocgc_FOUND FALSE)
    set(mallocgc_NOT_FOUND_MESSAGE "mallocgc has no component ${component}, or it is not installed")
  endif()
endforeach()
