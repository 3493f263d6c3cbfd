# twofold_add_runtime(target runtime folder sources...): the library of one runtime, with common in it.
#
# A runtime's flags differ (segmented stacks change every function), so common is compiled for each. What a
# consumer's code must be compiled with too travels as interface options of the target.
include("${PROJECT_SOURCE_DIR}/common/sources.cmake")
find_package(Threads REQUIRED)

function(twofold_add_runtime target runtime folder)
  add_library(${target} STATIC ${ARGN} ${TWOFOLD_COMMON_SOURCES})
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
  # Two runtimes in one binary: CMake refuses when it generates, with both targets' names.
  set_target_properties(${target} PROPERTIES
    INTERFACE_TWOFOLD_RUNTIME ${runtime}
    COMPATIBLE_INTERFACE_STRING TWOFOLD_RUNTIME
    POSITION_INDEPENDENT_CODE ON)
endfunction()
