# Segmented stacks: who can have them, what must be compiled and linked how, and the thunks for foreign code.
#
# Sets the cache entry TWOFOLD_STACK (segmented with gcc on x86-64 and without link-time optimization, else paged) where it is
# not set. Installed with the package: a consumer's targets use twofold_generate_thunks() too.

set(segmented_default paged)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64"
   AND NOT CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  set(segmented_default segmented)
endif()
# An installed package has set it to what it was built for. In a project of policies before 3.21 (CMP0126) a cache entry of
# the name would do away with that.
if(NOT DEFINED TWOFOLD_STACK OR DEFINED CACHE{TWOFOLD_STACK})
  set(TWOFOLD_STACK ${segmented_default} CACHE STRING "How a fiber's stack is kept: segmented, paged or fixed")
  set_property(CACHE TWOFOLD_STACK PROPERTY STRINGS segmented paged fixed)
endif()

# twofold_require_segmented(): finds a linker that keeps code which checks its stack and code which does not apart, and
# proves it by a small program; stops with a message where there is none. Sets TWOFOLD_SEGMENTED_LINKER.
function(twofold_require_segmented)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    message(FATAL_ERROR
      "TWOFOLD_STACK=segmented needs gcc: ${CMAKE_CXX_COMPILER_ID} does not compile functions with variable "
      "arguments for segmented stacks. Use -DTWOFOLD_STACK=paged, or CMAKE_CXX_COMPILER=g++.")
  endif()
  set(linkers lld gold)
  set(options -fsplit-stack)
  set(link_options "")
  if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    set(linkers gold)  # lld has no plugin for gcc's objects
    list(APPEND options -flto)
    set(link_options ${options})
  endif()
  if(TWOFOLD_SEGMENTED_LINKER IN_LIST linkers)
    return()
  endif()
  set(probes "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/probes")
  foreach(linker IN LISTS linkers)
    try_run(ran compiled
      SOURCES "${probes}/segmented.cpp" "${probes}/segmented.S"
      COMPILE_DEFINITIONS ${options}
      LINK_OPTIONS -fuse-ld=${linker} ${link_options}
      COMPILE_OUTPUT_VARIABLE output)
    if(compiled AND ran EQUAL 0)
      message(STATUS "Segmented stacks: linking with ${linker}")
      set(TWOFOLD_SEGMENTED_LINKER ${linker} CACHE INTERNAL "Linker that rewrites split-stack prologues")
      return()
    endif()
  endforeach()
  if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    message(FATAL_ERROR
      "TWOFOLD_STACK=segmented with CMAKE_INTERPROCEDURAL_OPTIMIZATION needs the linker gold (Debian: apt-get install "
      "binutils), which has a plugin for gcc's objects; the probe did not pass:\n${output}"
      "\nInstall gold, use -DTWOFOLD_STACK=paged, or turn the optimization off.")
  endif()
  message(FATAL_ERROR
    "TWOFOLD_STACK=segmented needs the linker lld or gold (Debian: apt-get install lld), which sends calls into code "
    "that was not compiled for segmented stacks over a large segment; the probe did not pass:\n${output}"
    "\nInstall lld, or use -DTWOFOLD_STACK=paged.")
endfunction()

option(TWOFOLD_HOP_AT_CALLS "Hop to a large segment where foreign code is called, not where its caller begins (segmented)" ON)
mark_as_advanced(TWOFOLD_HOP_AT_CALLS)

# An installed package sets the second to where the file was installed, before it includes this one.
set(TWOFOLD_FOREIGN_THUNKS "${PROJECT_BINARY_DIR}/twofold/foreign_thunks.S")
if(NOT DEFINED TWOFOLD_FOREIGN_OPTIONS)
  set(TWOFOLD_FOREIGN_OPTIONS "${PROJECT_BINARY_DIR}/twofold/foreign_symbols.ld" CACHE INTERNAL "Wrapped symbols")
endif()

# twofold_write_library_thunks(symbols_file): the thunks that come with the library, and the linker options that send
# calls to them. Lines of the file: a symbol, then the bytes of stack arguments that it may have (default 0).
function(twofold_write_library_thunks symbols_file)
  file(STRINGS "${symbols_file}" lines REGEX "^[^#]")
  set(TWOFOLD_THUNKS "")
  set(wrap "")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^([^ ]+) *([0-9]*)" matched "${line}")
    set(bytes "${CMAKE_MATCH_2}")
    if(bytes STREQUAL "")
      set(bytes 0)
    endif()
    string(APPEND TWOFOLD_THUNKS "        FOREIGN ${CMAKE_MATCH_1}, ${bytes}\n")
    string(APPEND wrap "--wrap=${CMAKE_MATCH_1}\n")
  endforeach()
  configure_file("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/foreign_thunks.S.in" "${TWOFOLD_FOREIGN_THUNKS}" @ONLY)
  if(NOT TWOFOLD_HOP_AT_CALLS)
    set(wrap "")
  endif()
  file(CONFIGURE OUTPUT "${TWOFOLD_FOREIGN_OPTIONS}" CONTENT "${wrap}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${symbols_file}")
endfunction()

# With what code that runs on segmented stacks is compiled: a check in each function, and calls through pointers by way
# of indirect_call.S, which tells foreign functions apart.
set(TWOFOLD_SEGMENTED_OPTIONS -fsplit-stack -mindirect-branch=thunk-extern -mindirect-branch-register
  CACHE INTERNAL "Options of code that runs on segmented stacks")

# With what it is linked. Link-time optimization compiles there, and knows none of these options from the objects.
# -fsplit-stack makes the link look for __wrap_pthread_create, and libstdc++ refers to it: without the last option gold has
# gone by our archive by then, and takes libgcc's, with libgcc's own __morestack.
set(segmented_link_options "")
if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  set(segmented_link_options ${TWOFOLD_SEGMENTED_OPTIONS} -Wl,--undefined=__wrap_pthread_create)
endif()
set(TWOFOLD_SEGMENTED_LINK_OPTIONS ${segmented_link_options} CACHE INTERNAL "Options of links with segmented stacks")

# twofold_use_segmented_stacks(target): compiles the target, and what links it, for segmented stacks.
#
# With link-time optimization all that is optimized together is compiled for segmented stacks, so what must not be is kept out
# of it. Objects have machine code too, from which twofold_generate_thunks() reads what they call.
function(twofold_use_segmented_stacks target)
  twofold_require_segmented()
  target_compile_options(${target} PUBLIC "$<$<COMPILE_LANGUAGE:C,CXX>:${TWOFOLD_SEGMENTED_OPTIONS}>")
  set(apart "")
  if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    target_compile_options(${target} PUBLIC "$<$<COMPILE_LANGUAGE:C,CXX>:-ffat-lto-objects>")
    set(apart -fno-lto)
  endif()
  set(installed_options "${CMAKE_INSTALL_LIBDIR}/twofold/foreign_symbols.ld")
  if(NOT IS_ABSOLUTE "${installed_options}")
    string(PREPEND installed_options "$<INSTALL_PREFIX>/")
  endif()
  target_link_options(${target} PUBLIC
    -fuse-ld=${TWOFOLD_SEGMENTED_LINKER}
    ${TWOFOLD_SEGMENTED_LINK_OPTIONS}
    "$<BUILD_INTERFACE:LINKER:@${TWOFOLD_FOREIGN_OPTIONS}>"
    "$<INSTALL_INTERFACE:LINKER:@${installed_options}>")
  set_source_files_properties(${TWOFOLD_STACK_NON_SPLIT}
    TARGET_DIRECTORY ${target}
    PROPERTIES COMPILE_OPTIONS "-fno-split-stack;-mindirect-branch=keep;-O2;${apart}")
endfunction()

# twofold_generate_thunks(target): for an executable that links twofold with segmented stacks. Just before each link,
# thunks are made for every foreign function that its objects, or split-stack objects in the static libraries it links,
# refer to and that none of them defines: so that none of its functions is moved to a large segment. Does
# nothing with other stacks. docs/design/segmented-stacks.md says what a thunk cannot do.
function(twofold_generate_thunks target)
  if(NOT TWOFOLD_STACK STREQUAL "segmented" OR NOT TWOFOLD_HOP_AT_CALLS)
    return()
  endif()
  set(base "${CMAKE_CURRENT_BINARY_DIR}/twofold-thunks/${target}")
  file(GENERATE OUTPUT "${base}/objects.txt" CONTENT "$<JOIN:$<TARGET_OBJECTS:${target}>,\n>\n")
  target_link_options(${target} PRIVATE "@${base}/thunks.rsp")
  add_custom_command(TARGET ${target} PRE_LINK
    COMMAND ${CMAKE_COMMAND}
      "-DOBJECTS=${base}/objects.txt"
      "-DARCHIVES=${base}/archives.txt"
      "-DWRAPPED=${TWOFOLD_FOREIGN_OPTIONS}"
      "-DTEMPLATE=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/foreign_thunks.S.in"
      "-DASSEMBLY=${base}/thunks.S"
      "-DOPTIONS=${base}/thunks.rsp"
      "-DCOMPILER=${CMAKE_CXX_COMPILER}"
      "-DNM=${CMAKE_NM}"
      "-DREADELF=${CMAKE_READELF}"
      -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/generate_thunks.cmake"
    COMMENT "Thunks for the foreign functions of ${target}"
    VERBATIM)
  # What it links may be said after this call.
  cmake_language(EVAL CODE
    "cmake_language(DEFER CALL _twofold_list_archives [[${target}]] [[${base}/archives.txt]])")
endfunction()

function(_twofold_list_archives target file)
  set(archives "")
  set(seen "")
  set(todo ${target})
  while(todo)
    list(POP_FRONT todo next)
    if(NOT TARGET "${next}" OR next IN_LIST seen)
      continue()
    endif()
    list(APPEND seen "${next}")
    get_target_property(type ${next} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
      list(APPEND archives "$<TARGET_FILE:${next}>")
    elseif(type STREQUAL "OBJECT_LIBRARY")
      list(APPEND archives "$<JOIN:$<TARGET_OBJECTS:${next}>,\n>")
    endif()
    foreach(property IN ITEMS LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
      get_target_property(links ${next} ${property})
      if(links)
        string(REGEX REPLACE "\\$<LINK_ONLY:([^>]*)>" "\\1" links "${links}")
        list(APPEND todo ${links})
      endif()
    endforeach()
  endwhile()
  file(GENERATE OUTPUT "${file}" CONTENT "$<JOIN:${archives},\n>\n")
endfunction()
