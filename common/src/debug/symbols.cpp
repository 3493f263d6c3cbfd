// Symbols: the files of the process and their symbol tables (ELF, gABI chapter 4).
#include "twofold/debug/symbols.hpp"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "twofold/detail/file_descriptor.hpp"

namespace twofold::detail {

// Whatever the file says is checked against its size: a file may have been replaced or cut since it
// was loaded.
class CodeFile {
 public:
  explicit CodeFile(const char* path) noexcept {
    const FileDescriptor fd(::open(path, O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || status.st_size <= 0) return;
    bytes_ = static_cast<std::size_t>(status.st_size);
    void* const memory = ::mmap(nullptr, bytes_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (memory == MAP_FAILED) return;
    memory_ = static_cast<const std::byte*>(memory);
    find_table();
  }
  CodeFile(const CodeFile&) = delete;
  CodeFile& operator=(const CodeFile&) = delete;
  ~CodeFile() {
    if (memory_ != nullptr) ::munmap(const_cast<std::byte*>(memory_), bytes_);
  }

  /// The function at `address`, which counts from where the file was linked to.
  [[nodiscard]] std::string_view function_at(std::uintptr_t address) const noexcept {
    for (const ElfW(Sym) & symbol : symbols_) {
      const unsigned type = symbol.st_info & 0xf;
      if (type != STT_FUNC && type != STT_GNU_IFUNC) continue;
      if (symbol.st_shndx == SHN_UNDEF || address < symbol.st_value) continue;
      if (address - symbol.st_value >= symbol.st_size) continue;
      if (symbol.st_name >= strings_.size()) continue;
      const char* const name = strings_.data() + symbol.st_name;
      return {name, ::strnlen(name, strings_.size() - symbol.st_name)};
    }
    return {};
  }

 private:
  template <class T>
  [[nodiscard]] std::span<const T> read(std::size_t offset, std::size_t count) const noexcept {
    if (offset > bytes_ || offset % alignof(T) != 0) return {};
    if (count > (bytes_ - offset) / sizeof(T)) return {};
    return {reinterpret_cast<const T*>(memory_ + offset), count};
  }

  void find_table() noexcept {
    const auto header = read<ElfW(Ehdr)>(0, 1);
    if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0) return;
    if (header[0].e_ident[EI_CLASS] != (sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32)) return;
    const auto sections = read<ElfW(Shdr)>(header[0].e_shoff, header[0].e_shnum);
    for (const std::uint32_t kind : {SHT_SYMTAB, SHT_DYNSYM}) {
      for (const ElfW(Shdr) & section : sections) {
        if (section.sh_type != kind || section.sh_link >= sections.size()) continue;
        const ElfW(Shdr)& names = sections[section.sh_link];
        symbols_ = read<ElfW(Sym)>(section.sh_offset, section.sh_size / sizeof(ElfW(Sym)));
        strings_ = read<char>(names.sh_offset, names.sh_size);
        if (!symbols_.empty()) return;
      }
    }
  }

  const std::byte* memory_ = nullptr;
  std::size_t bytes_ = 0;
  std::span<const ElfW(Sym)> symbols_;
  std::span<const char> strings_;
};

struct Symbols::Module {
  std::string path;
  std::uintptr_t base = 0;  // what was added to the addresses in the file
  std::uintptr_t low = 0;
  std::uintptr_t high = 0;
  mutable std::unique_ptr<CodeFile> file;  // read when first asked
};

Symbols::Symbols() {
  const auto add = [](dl_phdr_info* info, std::size_t, void* to) {
    Module module;
    // The program itself comes first and without a name.
    module.path = info->dlpi_name[0] != '\0' ? info->dlpi_name : "/proc/self/exe";
    module.base = info->dlpi_addr;
    module.low = ~std::uintptr_t{0};
    for (const ElfW(Phdr) & part : std::span(info->dlpi_phdr, info->dlpi_phnum)) {
      if (part.p_type != PT_LOAD) continue;
      const std::uintptr_t begin = info->dlpi_addr + part.p_vaddr;
      module.low = begin < module.low ? begin : module.low;
      module.high = begin + part.p_memsz > module.high ? begin + part.p_memsz : module.high;
    }
    static_cast<std::vector<Module>*>(to)->push_back(std::move(module));
    return 0;
  };
  ::dl_iterate_phdr(add, &modules_);
}

Symbols::~Symbols() = default;

const Symbols::Module* Symbols::module_of(const void* address) const noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  for (const Module& module : modules_) {
    if (at >= module.low && at < module.high) return &module;
  }
  return nullptr;
}

std::string_view Symbols::name_at(const void* address) {
  const auto [place, is_new] = known_.try_emplace(address);
  if (!is_new) return place->second;
  const Module* const module = module_of(address);
  if (module == nullptr) return {};
  if (module->file == nullptr) module->file = std::make_unique<CodeFile>(module->path.c_str());
  place->second =
      module->file->function_at(reinterpret_cast<std::uintptr_t>(address) - module->base);
  return place->second;
}

std::string Symbols::place_of(const void* address) const {
  const Module* const module = module_of(address);
  if (module == nullptr) return "??";
  char offset[32];
  std::snprintf(offset, sizeof offset, "+0x%zx",
                static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(address) - module->base));
  return module->path + offset;
}

}  // namespace twofold::detail
