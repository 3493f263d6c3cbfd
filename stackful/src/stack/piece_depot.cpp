// PieceDepot: which units of 64 KiB of a cut segment are free.
#include "stack/piece_depot.hpp"

#include <new>

namespace twofold {
inline namespace stackful {
namespace stack_memory {

struct CutSegment {
  std::byte* memory;
  std::uint32_t free_units = kAllUnits;  // a bit each, the lowest address first
  CutSegment* next = nullptr;
  CutSegment* previous = nullptr;

  static constexpr std::uint32_t kAllUnits = ~std::uint32_t{0};
  static constexpr unsigned kUnits = 32;
  static constexpr std::size_t kUnitBytes = std::size_t{64} << 10;
};

namespace {

[[nodiscard]] unsigned units_of(unsigned size_class) noexcept {
  return 1U << (size_class - kSmallestPieceClass);
}
[[nodiscard]] std::uint32_t mask_of(unsigned first_unit, unsigned units) noexcept {
  return ((std::uint32_t{1} << units) - 1) << first_unit;  // units: 16 at most
}

}  // namespace

CutSegment* PieceDepot::take(unsigned size_class, std::byte*& piece) noexcept {
  const unsigned units = units_of(size_class);
  const std::lock_guard guard(mutex_);
  for (CutSegment* cut = first_; cut != nullptr; cut = cut->next) {
    for (unsigned at = 0; at < CutSegment::kUnits; at += units) {
      const std::uint32_t mask = mask_of(at, units);
      if ((cut->free_units & mask) != mask) continue;
      cut->free_units &= ~mask;
      piece = cut->memory + at * CutSegment::kUnitBytes;
      return cut;
    }
  }
  return nullptr;
}

bool PieceDepot::add(Segment& whole) noexcept {
  auto* const cut = new (std::nothrow) CutSegment{.memory = whole.low};
  if (cut == nullptr) return false;
  const std::lock_guard guard(mutex_);
  cut->next = first_;
  if (first_ != nullptr) first_->previous = cut;
  first_ = cut;
  return true;
}

std::byte* PieceDepot::give(Segment& piece) noexcept {
  CutSegment& cut = *piece.cut_from;
  const auto at = static_cast<unsigned>(static_cast<std::size_t>(piece.low - cut.memory) /
                                        CutSegment::kUnitBytes);
  const std::lock_guard guard(mutex_);
  cut.free_units |= mask_of(at, units_of(piece.size_class));
  if (cut.free_units != CutSegment::kAllUnits) return nullptr;
  (cut.previous != nullptr ? cut.previous->next : first_) = cut.next;
  if (cut.next != nullptr) cut.next->previous = cut.previous;
  std::byte* const memory = cut.memory;
  delete &cut;
  return memory;
}

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
