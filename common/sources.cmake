# TWOFOLD_COMMON_SOURCES: compiled into each runtime's library, with that runtime's flags.
file(GLOB_RECURSE TWOFOLD_COMMON_SOURCES CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/src/*.cpp")
set(TWOFOLD_COMMON_INCLUDE "${CMAKE_CURRENT_LIST_DIR}/include")
