# twofold_stack_sources(result STACK): the source files of one stack policy.
function(twofold_stack_sources result stack)
  set(files overflow.cpp page_mapping.cpp piece_depot.cpp segment_pool.cpp segment_reserve.cpp slab_depot.cpp)
  if(stack STREQUAL "segmented")
    twofold_write_library_thunks("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/foreign_symbols.txt")
    list(APPEND files segmented_seam.cpp segmented_stack.cpp segment_growth.cpp linked_with_split_stack.cpp morestack.S big_stack.S indirect_call.S "${TWOFOLD_FOREIGN_THUNKS}")
  elseif(stack STREQUAL "paged" OR stack STREQUAL "fixed")
    list(APPEND files mapped_stack.cpp ${stack}_stack.cpp big_call.S)
  else()
    message(FATAL_ERROR "TWOFOLD_STACK is '${stack}'; it can be segmented, paged or fixed")
  endif()
  list(TRANSFORM files PREPEND "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/" REGEX "^[^/]")
  set(${result} ${files} PARENT_SCOPE)
endfunction()

# What is compiled without split stacks: it runs on a worker's own stack, or inside the unwinder.
set(TWOFOLD_STACK_NON_SPLIT overflow.cpp page_mapping.cpp piece_depot.cpp segment_pool.cpp segment_reserve.cpp
                            slab_depot.cpp segmented_stack.cpp segment_growth.cpp linked_with_split_stack.cpp)
list(TRANSFORM TWOFOLD_STACK_NON_SPLIT PREPEND "${CMAKE_CURRENT_LIST_DIR}/")
