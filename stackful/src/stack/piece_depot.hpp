// PieceDepot: segments of 64 KiB to 1 MiB, cut from segments of 2 MiB, which are huge pages.
//
// A fiber that goes down so far uses its segments from end to end, and a page fault for each 4 KiB
// is what its first descent costs: several microseconds on a virtual machine, where a huge page
// costs as much for all of its 512. The pieces that one deep fiber needs on its way fit into one
// huge page; many fibers that are not as deep share it. A huge page all of whose pieces are free is
// one segment again.
//
// Any thread; used by the segment pool, which keeps some pieces for each thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "stack/segment.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

/// Class 6 has 64 KiB, class 11 a huge page.
inline constexpr unsigned kSmallestPieceClass = 6;
inline constexpr unsigned kWholeClass = 11;
[[nodiscard]] constexpr bool is_piece(unsigned size_class) noexcept {
  return size_class >= kSmallestPieceClass && size_class < kWholeClass;
}

class PieceDepot {
 public:
  constexpr PieceDepot() = default;
  PieceDepot(const PieceDepot&) = delete;
  PieceDepot& operator=(const PieceDepot&) = delete;

  /// Where a piece of that class may be made; null: nothing is left, and add() comes first.
  [[nodiscard]] CutSegment* take(unsigned size_class, std::byte*& piece) noexcept;
  /// Cuts up `whole`. False: there is no memory for the record of it.
  [[nodiscard]] bool add(Segment& whole) noexcept;
  /// Takes back a piece. Gives the memory of the whole segment when that was its last, else null.
  [[nodiscard]] std::byte* give(Segment& piece) noexcept;

 private:
  std::mutex mutex_;
  CutSegment* first_ = nullptr;  // doubly linked
};

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
