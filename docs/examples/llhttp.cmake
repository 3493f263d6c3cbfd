# twofold_llhttp: llhttp, Node's parser of HTTP, from the C sources of Debian's package node-llhttp.
# Where they are not there, there is no such target.
include_guard(GLOBAL)
find_path(TWOFOLD_LLHTTP_SOURCES llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH
          DOC "Where the C sources of llhttp are (Debian: node-llhttp)")
find_path(TWOFOLD_LLHTTP_INCLUDE llhttp/llhttp.h PATHS /usr/share/include NO_DEFAULT_PATH
          DOC "Where llhttp/llhttp.h is (Debian: node-llhttp)")
if(TWOFOLD_LLHTTP_SOURCES AND TWOFOLD_LLHTTP_INCLUDE)
  enable_language(C)
  add_library(twofold_llhttp STATIC
    "${TWOFOLD_LLHTTP_SOURCES}/api.c" "${TWOFOLD_LLHTTP_SOURCES}/http.c" "${TWOFOLD_LLHTTP_SOURCES}/llhttp.c")
  target_include_directories(twofold_llhttp SYSTEM PUBLIC "${TWOFOLD_LLHTTP_INCLUDE}")
  # The sources include <llhttp.h>.
  target_include_directories(twofold_llhttp PRIVATE "${TWOFOLD_LLHTTP_INCLUDE}/llhttp")
  target_compile_options(twofold_llhttp PRIVATE -w)
else()
  message(STATUS "llhttp was not found (Debian: node-llhttp): no HTTP server")
endif()
