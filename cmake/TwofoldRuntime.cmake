# twofold_add_runtime(target runtime folder [STATIC] sources...): the library of one runtime, with common in it.
#
# A runtime's flags differ (segmented stacks change every function), so common is compiled for each. What a
# consumer's code must be compiled with too travels as interface options of the target. Static, or shared where
# BUILD_SHARED_LIBS is on; STATIC: never shared.
include("${PROJECT_SOURCE_DIR}/common/sources.cmake")
find_package(Threads REQUIRED)

function(twofold_add_runtime target runtime folder)
  add_library(${target} ${ARGN} ${TWOFOLD_COMMON_SOURCES})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target}
    PUBLIC
      "$<BUILD_INTERFACE:${TWOFOLD_COMMON_INCLUDE}>"
      "$<BUILD_INTERFACE:${folder}/include>"
      "$<BUILD_INTERFACE:${folder}/door>"
      "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>"
      "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/twofold-${runtime}>"
    PRIVATE "${folder}/src")
  target_link_libraries(${target} PUBLIC Threads::Threads ${CMAKE_DL_LIBS}
                                  PRIVATE $<BUILD_INTERFACE:twofold_warnings>)
  # What describes tasks to debuggers, also in a build without debug information: the types that
  # scripts/twofold-gdb.py reads. Without the second option clang leaves out those that another file describes too.
  set_source_files_properties(
    "${PROJECT_SOURCE_DIR}/common/src/debug/executor_report.cpp" "${folder}/src/task.cpp"
    TARGET_DIRECTORY ${target} PROPERTIES COMPILE_OPTIONS "-g;$<$<CXX_COMPILER_ID:Clang>:-fstandalone-debug>")
  # Two runtimes in one binary: CMake refuses when it generates, with both targets' names.
  set_target_properties(${target} PROPERTIES
    INTERFACE_TWOFOLD_RUNTIME ${runtime}
    COMPATIBLE_INTERFACE_STRING TWOFOLD_RUNTIME
    POSITION_INDEPENDENT_CODE ON
    VERSION ${PROJECT_VERSION}
    # Before 1.0 a minor version may change the interface, as find_package's COMPATIBILITY says too.
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "SHARED_LIBRARY")
    twofold_hide_internals(${target} ${runtime})
  endif()
endfunction()

# twofold_hide_internals(target runtime): of a shared library, only what exported_symbols.map.in names can be seen.
#
# By the linker and not by marks in the headers: the objects are those of the static library, and one file says
# what the library's interface is. Marks would have to stand on each member function, since gcc warns of a class that
# is visible and has members of types that are not.
function(twofold_hide_internals target runtime)
  set(template "${PROJECT_SOURCE_DIR}/cmake/exported_symbols.map.in")
  set(script "${PROJECT_BINARY_DIR}/twofold/${target}.map")
  configure_file("${template}" "${script}" @ONLY)
  set_target_properties(${target} PROPERTIES LINK_DEPENDS "${script}" DEFINE_SYMBOL "")
  # Never unloaded: threads that end and signals that come later run its code.
  target_link_options(${target} PRIVATE "LINKER:--version-script=${script}" LINKER:-z,nodelete)
  if(NOT TWOFOLD_SANITIZE)  # whose runtime is in the program
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
endfunction()
