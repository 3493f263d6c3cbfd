// SlabDepot: the free segments of one class that no thread keeps to itself, by slab.
//
// A slab is an aligned mapping that holds many slots; its record stands in its first page. Threads
// take and give batches (segment_pool.hpp), so that the lock is rare. A slab all of whose slots are
// free goes back to the system, but for a few: memory follows the number of fibers down as well as
// up.
#pragma once

#include <cstddef>
#include <mutex>

#include "stack/page_mapping.hpp"
#include "stack/segment.hpp"

namespace twofold {
inline namespace stackful {
namespace stack_memory {

class SlabDepot {
 public:
  constexpr SlabDepot() = default;
  SlabDepot(const SlabDepot&) = delete;
  SlabDepot& operator=(const SlabDepot&) = delete;

  /// A chain (Segment::next_free) of at most `wanted` free segments of that class, which is the
  /// depot's; `taken` says how many. Null: there is no memory, and `failure` says why.
  [[nodiscard]] Segment* take(unsigned size_class, std::size_t wanted, std::size_t& taken,
                              MappingFailure& failure) noexcept;
  /// Takes back a chain.
  void give(Segment* chain) noexcept;
  /// Gives the system what it can: free slabs, and the pages of free slots that are a page or more.
  void trim() noexcept;

  /// Slots that exist but are not in the depot: in use, or kept by threads.
  [[nodiscard]] std::size_t slots_out() noexcept;

 private:
  struct Slab;
  [[nodiscard]] Slab* make_slab(unsigned size_class, MappingFailure& failure) noexcept;
  [[nodiscard]] static Segment* take_slot(Slab& slab, const Geometry& geometry) noexcept;
  void link(Slab& slab) noexcept;
  void unlink(Slab& slab) noexcept;
  void destroy(Slab& slab) noexcept;

  static constexpr std::size_t kFreeSlabsKept = 4;

  std::mutex mutex_;
  Slab* available_ = nullptr;  // slabs with a free slot, doubly linked
  std::size_t slabs_made_ = 0;
  std::size_t free_slabs_ = 0;
  std::size_t slots_out_ = 0;
};

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
