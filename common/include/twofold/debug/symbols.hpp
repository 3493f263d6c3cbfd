// Symbols: which function a code address belongs to, by the symbol tables of the files that are
// loaded.
//
// Used by what prints stacks. Unlike dladdr() it reads the whole table (.symtab) and not the
// exported part alone, so that static and hidden functions have their names in programs that were
// linked without -rdynamic. A stripped file has its exported names, and whatever lies between them
// has none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace twofold::detail {

/// A file of code, mapped for reading.
class CodeFile;

class Symbols {
 public:
  /// Looks at what is loaded now. Reads no file yet. Throws std::bad_alloc.
  Symbols();
  Symbols(const Symbols&) = delete;
  Symbols& operator=(const Symbols&) = delete;
  ~Symbols();

  /// The linkage name of the function at `address`; empty where no table has it. Valid as long as
  /// this. The first question about a file maps it; each address is looked up once. Throws
  /// std::bad_alloc.
  [[nodiscard]] std::string_view name_at(const void* address);

  /// "file+0x1234", as addr2line takes it; for addresses without a name. "??" outside of any file.
  [[nodiscard]] std::string place_of(const void* address) const;

 private:
  struct Module;

  [[nodiscard]] const Module* module_of(const void* address) const noexcept;

  std::vector<Module> modules_;
  std::unordered_map<const void*, std::string_view> known_;
};

}  // namespace twofold::detail
