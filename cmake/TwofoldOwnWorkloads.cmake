# Workloads of the user's: targets that link twofold::workload take part in the comparison.
#
# Such a target is compiled once more for each variant of the runtimes, as an object library that the
# variant's program links. What it needs (sources, folders of headers, definitions, options,
# libraries) is taken from the target as it stands when the top-level directory has been read.

# twofold_variants_take(target): adds the target to every variant's program.
function(twofold_variants_take target)
  get_target_property(folder ${target} SOURCE_DIR)
  get_target_property(given ${target} SOURCES)
  set(sources "")
  foreach(source IN LISTS given)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${folder}")
    list(APPEND sources "${source}")
  endforeach()
  foreach(property LINK_LIBRARIES INCLUDE_DIRECTORIES COMPILE_DEFINITIONS COMPILE_OPTIONS)
    get_target_property(${property} ${target} ${property})
    if(NOT ${property})
      set(${property} "")
    endif()
  endforeach()
  list(REMOVE_ITEM LINK_LIBRARIES twofold::workload twofold_workload)
  get_property(variants GLOBAL PROPERTY TWOFOLD_VARIANTS)
  foreach(variant IN LISTS variants)
    set(copy ${target}-${variant})
    add_library(${copy} OBJECT EXCLUDE_FROM_ALL ${sources})
    get_target_property(library workloads-${variant} TWOFOLD_LIBRARY)
    target_include_directories(${copy} PRIVATE ${INCLUDE_DIRECTORIES})
    target_compile_definitions(${copy} PRIVATE ${COMPILE_DEFINITIONS})
    if(NOT variant STREQUAL "stackless")
      target_compile_definitions(${copy} PRIVATE TWOFOLD_COMPARE_STACKFUL)
    endif()
    target_compile_options(${copy} PRIVATE ${COMPILE_OPTIONS})
    target_link_libraries(${copy} PRIVATE ${LINK_LIBRARIES} ${library} twofold_workload_headers)
    foreach(program workloads-${variant} workloads-${variant}-reversed)
      target_link_libraries(${program} PRIVATE ${copy})
    endforeach()
  endforeach()
endfunction()

# Looks through a directory and those below it.
function(twofold_adopt_workloads_of directory)
  get_property(targets DIRECTORY "${directory}" PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(libraries ${target} LINK_LIBRARIES)
    if("twofold::workload" IN_LIST libraries)
      twofold_variants_take(${target})
    endif()
  endforeach()
  get_property(below DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
  foreach(subdirectory IN LISTS below)
    twofold_adopt_workloads_of("${subdirectory}")
  endforeach()
endfunction()

# Called once all directories have been read.
function(twofold_adopt_workloads)
  twofold_adopt_workloads_of("${CMAKE_SOURCE_DIR}")
endfunction()
