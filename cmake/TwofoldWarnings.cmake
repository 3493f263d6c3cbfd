# twofold_warnings: what our own targets link (privately) to be compiled with our warnings.
# Never exported, so that a consumer's build is not judged by them.
add_library(twofold_warnings INTERFACE)
target_compile_options(twofold_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align>
  # Members that a designated initializer leaves out have their defaults.
  $<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-field-initializers>
  # gcc 12 warns of std::string's own operator+ (gcc bug 105329), and of moved-from vectors and optionals that it inlines.
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-restrict>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-maybe-uninitialized>
  # clang 19 warns of what libstdc++ 12's std::stable_sort and std::stable_partition use themselves.
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:Clang>>:-Wno-deprecated-declarations>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${TWOFOLD_WARNINGS_AS_ERRORS}>>:-Werror>)
