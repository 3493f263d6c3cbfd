# Writes manifest.json: which programs there are to be measured, and how they were built (docs/design/method.md).

string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
string(STRIP "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}" flags)
set(compiler gcc)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(compiler clang)
endif()

# first_line(result command...): the first line that the command prints, without quotes.
function(first_line result)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_QUIET)
  string(REGEX MATCH "^[^\n\"]*" output "${output}")
  set(${result} "${output}" PARENT_SCOPE)
endfunction()
set(entries "")
# add_entry(name kind target runtime stack switch flags)
function(add_entry name kind target runtime stack switching more_flags)
  set(twin "")
  if(TARGET ${target}-reversed)
    set(twin "\"twin\": \"$<TARGET_FILE:${target}-reversed>\", ")
  endif()
  string(CONCAT entry
    "    {\"name\": \"${name}\", \"kind\": \"${kind}\", \"program\": \"$<TARGET_FILE:${target}>\", ${twin}"
    "\"compiler\": \"${compiler}\", \"flags\": \"${flags}${more_flags}\", "
    "\"runtime\": \"${runtime}\", \"stack\": \"${stack}\", \"switching\": \"${switching}\", "
    "\"available\": true}")
  set(entries "${entries}${separator}${entry}" PARENT_SCOPE)
  set(separator ",\n" PARENT_SCOPE)
endfunction()
# add_missing(name kind program reason): a program that was not built.
function(add_missing name kind reason)
  string(CONCAT entry
    "    {\"name\": \"${name}\", \"kind\": \"${kind}\", \"program\": \"\", "
    "\"available\": false, \"reason\": \"${reason}\"}")
  set(entries "${entries}${separator}${entry}" PARENT_SCOPE)
  set(separator ",\n" PARENT_SCOPE)
endfunction()
# add_peer(name program version)
function(add_peer name program version)
  string(CONCAT entry
    "    {\"name\": \"${name}\", \"kind\": \"peer\", \"program\": \"${program}\", "
    "\"runtime\": \"${version}\", \"available\": true}")
  set(entries "${entries}${separator}${entry}" PARENT_SCOPE)
  set(separator ",\n" PARENT_SCOPE)
endfunction()

set(separator "")
set(in_a_frame "C++20 coroutine frames")
set(on_a_stack "a fiber")
set(split "")
foreach(stack IN LISTS TWOFOLD_COMPARED_STACKS)
  set(split_${stack} "")
endforeach()
string(JOIN " " split_segmented "" ${TWOFOLD_SEGMENTED_OPTIONS})
# What comes with the target twofold::stackless.
set(of_stackless "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(of_stackless " -foptimize-sibling-calls")
endif()
add_entry(stackless runtime workloads-stackless "${in_a_frame}" "" "" "${of_stackless}")
foreach(stack IN LISTS TWOFOLD_COMPARED_STACKS)
  if(stack STREQUAL "segmented")
    set(name stackful)
  else()
    set(name stackful-${stack})
  endif()
  add_entry(${name} runtime workloads-${name} "${on_a_stack}" ${stack} ${TWOFOLD_SWITCH} "${split_${stack}}")
endforeach()
add_entry(stackless-native native native-stackless "coroutines in their own spelling" "" "" "${of_stackless}")
add_entry(stackful-native native native-stackful "fibers in their own spelling" ${TWOFOLD_STACK} ${TWOFOLD_SWITCH} "${split_${TWOFOLD_STACK}}")
set(runtime_of_threads "blocking threads of the kernel")
set(runtime_of_epoll "hand-written state machines over epoll, edge-triggered")
set(runtime_of_epoll-level "hand-written state machines over epoll, level-triggered")
set(runtime_of_combinators "twofold's futures, chained by and_then and map")
set(runtime_of_promises "eager promises on the heap, as JavaScript's")
set(runtime_of_asio "Boost.Asio's coroutines")
set(runtime_of_boost-fiber "Boost.Fiber")
foreach(baseline threads epoll epoll-level combinators promises asio boost-fiber)
  if(TARGET baseline-${baseline})
    add_entry(${baseline} baseline baseline-${baseline} "${runtime_of_${baseline}}" "" "" "")
  else()
    add_missing(${baseline} baseline "its library was not found when this was built")
  endif()
endforeach()
# Programs that measure single claims (probes/).
if(TARGET twofold-machine-probes)
  add_entry(machine probe twofold-machine-probes "none: threads, pages, bare switches" "" "" "")
else()
  add_missing(machine probe "it takes an x86-64 processor and Boost.Context")
endif()
foreach(runtime stackless stackful)
  add_entry(probes-${runtime} probe probes-${runtime} "tasks of the ${runtime} runtime" "" "" "")
endforeach()
# add_compiler(name program): a compiler as the thing that is measured.
function(add_compiler name)
  find_program(TWOFOLD_PROBED_${name} NAMES ${ARGN} DOC "The compiler that the probe ${name} runs")
  if(NOT TWOFOLD_PROBED_${name})
    add_missing(${name} probe "none of ${ARGN} is installed")
  else()
    first_line(version "${TWOFOLD_PROBED_${name}}" --version)
    string(CONCAT entry
      "    {\"name\": \"${name}\", \"kind\": \"probe\", "
      "\"program\": [\"$<TARGET_FILE:twofold-build-probes>\", \"--compiler\", \"${TWOFOLD_PROBED_${name}}\"], "
      "\"runtime\": \"${version}\", \"available\": true}")
    set(entries "${entries}${separator}${entry}")
    set(separator ",\n")
  endif()
  set(entries "${entries}" PARENT_SCOPE)
  set(separator "${separator}" PARENT_SCOPE)
endfunction()
add_compiler(gcc g++)
add_compiler(clang clang++-19)
get_property(peers GLOBAL PROPERTY TWOFOLD_PEERS)
foreach(peer IN LISTS peers)
  string(REPLACE "|" ";" peer "${peer}")
  list(GET peer 0 name)
  list(GET peer 1 program)
  list(GET peer 2 available)
  list(GET peer 3 reason)
  list(GET peer 4 version)
  if(available)
    add_peer("${name}" "${program}" "${version}")
  else()
    add_missing("${name}" peer "${reason}")
  endif()
endforeach()

set(commit unknown)
set(dirty false)
find_package(Git QUIET)
if(GIT_FOUND)
  execute_process(COMMAND "${GIT_EXECUTABLE}" rev-parse --short=12 HEAD
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  execute_process(COMMAND "${GIT_EXECUTABLE}" status --porcelain
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE changes ERROR_QUIET)
  if(changes)
    set(dirty true)
  endif()
endif()
first_line(linker "${CMAKE_CXX_COMPILER}" -Wl,--version)
if("segmented" IN_LIST TWOFOLD_COMPARED_STACKS)
  first_line(segmented_linker "${CMAKE_CXX_COMPILER}" -fuse-ld=${TWOFOLD_SEGMENTED_LINKER} -Wl,--version)
  string(APPEND linker "; for segmented stacks: ${segmented_linker}")
endif()
file(GENERATE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/manifest.json" CONTENT
"{
  \"load\": \"$<TARGET_FILE:twofold-load>\",
  \"claims\": \"${CMAKE_CURRENT_LIST_DIR}/claims\",
  \"build\": {
    \"compilers\": {\"${compiler}\": \"${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}\"},
    \"flags\": \"${flags}\",
    \"build_type\": \"${CMAKE_BUILD_TYPE}\",
    \"linker\": \"${linker}\",
    \"commit\": \"${commit}\",
    \"dirty\": ${dirty}
  },
  \"variants\": [
${entries}
  ]
}
")
# The whole comparison of this build as one command.
file(GENERATE OUTPUT "${CMAKE_BINARY_DIR}/twofold-compare-run" CONTENT "#!/bin/sh
exec \"$<TARGET_FILE:twofold-compare>\" --manifest \"${CMAKE_CURRENT_BINARY_DIR}/manifest.json\" \"$@\"
" FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
