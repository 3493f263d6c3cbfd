# Segmented stacks: who can have them, what must be compiled and linked how, and the thunks for foreign code.
#
# Sets the cache entry TWOFOLD_STACK (segmented with gcc on x86-64, else paged) and proves by a small program that the
# linker keeps code that checks its stack and code that does not apart.

set(segmented_default paged)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(segmented_default segmented)
endif()
set(TWOFOLD_STACK ${segmented_default} CACHE STRING "How a fiber's stack is kept: segmented, paged or fixed")
set_property(CACHE TWOFOLD_STACK PROPERTY STRINGS segmented paged fixed)

# twofold_require_segmented(): stops with a message where segmented stacks cannot be had.
function(twofold_require_segmented)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    message(FATAL_ERROR
      "TWOFOLD_STACK=segmented needs gcc: ${CMAKE_CXX_COMPILER_ID} does not compile functions with variable "
      "arguments for segmented stacks. Use -DTWOFOLD_STACK=paged, or CMAKE_CXX_COMPILER=g++.")
  endif()
  if(DEFINED TWOFOLD_SEGMENTED_PROVED)
    return()
  endif()
  try_run(ran compiled
    "${CMAKE_BINARY_DIR}/twofold-probe" "${PROJECT_SOURCE_DIR}/cmake/probes/segmented.cpp"
    COMPILE_DEFINITIONS -fsplit-stack
    LINK_OPTIONS -fuse-ld=lld
    COMPILE_OUTPUT_VARIABLE output)
  if(NOT compiled OR NOT ran EQUAL 0)
    message(FATAL_ERROR
      "TWOFOLD_STACK=segmented needs the linker lld (Debian: apt-get install lld), which sends calls into code "
      "that was not compiled for segmented stacks over a large segment; the probe did not pass:\n${output}"
      "\nInstall lld, or use -DTWOFOLD_STACK=paged.")
  endif()
  set(TWOFOLD_SEGMENTED_PROVED 1 CACHE INTERNAL "lld rewrites split-stack prologues")
endfunction()

# twofold_write_thunks(symbols assembly options stack_bytes): the thunks for a list of symbols, and the linker options
# that send calls to them.
function(twofold_write_thunks symbols assembly options stack_bytes)
  set(TWOFOLD_THUNKS "")
  set(wrap "")
  foreach(symbol IN LISTS symbols)
    string(APPEND TWOFOLD_THUNKS "        FOREIGN ${symbol}\n")
    string(APPEND wrap "--wrap=${symbol}\n")
  endforeach()
  set(TWOFOLD_THUNK_STACK_BYTES ${stack_bytes})
  configure_file("${PROJECT_SOURCE_DIR}/stackful/src/stack/foreign_thunks.S.in" "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT "${options}" CONTENT "${wrap}")
endfunction()

set(TWOFOLD_FOREIGN_THUNKS "${PROJECT_BINARY_DIR}/twofold/foreign_thunks.S")
set(TWOFOLD_FOREIGN_OPTIONS "${PROJECT_BINARY_DIR}/twofold/foreign_symbols.ld")
file(STRINGS "${PROJECT_SOURCE_DIR}/stackful/src/stack/foreign_symbols.txt" foreign_symbols REGEX "^[^#]")
twofold_write_thunks("${foreign_symbols}" "${TWOFOLD_FOREIGN_THUNKS}" "${TWOFOLD_FOREIGN_OPTIONS}" 0)

# twofold_use_segmented_stacks(target): compiles the target, and what links it, for segmented stacks. -fsplit-stack is not
# given to the link: it would bring libgcc's own __morestack.
function(twofold_use_segmented_stacks target)
  twofold_require_segmented()
  target_compile_options(${target} PUBLIC $<$<COMPILE_LANGUAGE:C,CXX>:-fsplit-stack>)
  target_link_options(${target} PUBLIC
    -fuse-ld=lld
    LINKER:-z,now
    "$<BUILD_INTERFACE:LINKER:@${TWOFOLD_FOREIGN_OPTIONS}>")
  set_source_files_properties(${TWOFOLD_STACK_NON_SPLIT}
    TARGET_DIRECTORY ${target}
    PROPERTIES COMPILE_OPTIONS "-fno-split-stack;-O2")
endfunction()
