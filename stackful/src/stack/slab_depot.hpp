// SlabDepot: the free segments of one class that no thread keeps to itself, by slab.
//
// A slab is an aligned mapping that holds many slots; its record stands in its first page. Threads
// take and give batches (segment_pool.hpp), so that the lock is rare.
//
// Memory follows the number of fibers down as well as up, a second late: a slab goes back to the
// system when, through a whole window of time, so many slabs had all their slots free that it was
// not needed. One that was free for moments is not given back, since the next burst of fibers would
// pay for it anew: a mapping, its guards, and a page fault for each stack. The clock is looked at
// as batches are given, so that a process which has come to rest keeps what its last second left
// (trim() gives it back). The idea is that of the low-water marks in TCMalloc's caches.
#pragma once

#include <chrono>
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

  /// How many a thread wants at a time: used ones, which are resident, or else new ones, the header
  /// of which makes a page resident that is not needed yet.
  struct Batch {
    std::size_t used;
    std::size_t fresh;
  };
  /// A chain (Segment::next_free) of free segments of that class, which is the depot's; `taken`
  /// says how many. Null: there is no memory, and `failure` says why.
  [[nodiscard]] Segment* take(unsigned size_class, Batch wanted, std::size_t& taken,
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
  void note_window() noexcept;
  void release_surplus() noexcept;

  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kFreeSlabsKept = 4;
  static constexpr std::size_t kReleasedAtOnce = 4;  // by one batch: each is a system call
  static constexpr Clock::duration kWindow = std::chrono::seconds(1);

  std::mutex mutex_;
  Slab* available_ = nullptr;  // slabs with a free slot, doubly linked
  std::size_t slabs_made_ = 0;
  std::size_t free_slabs_ = 0;     // all of whose slots are free
  std::size_t fewest_free_ = 0;    // free_slabs_, the least in this window
  std::size_t surplus_slabs_ = 0;  // that the last window did without: to be given back
  Clock::time_point window_ends_{};
  std::size_t slots_out_ = 0;
};

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
