// SlabDepot: slabs of segments of one class.
#include "stack/slab_depot.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace twofold {
inline namespace stackful {
namespace stack_memory {

// At the start of its mapping. Slots before `fresh` have been handed out at least once; the others
// are untouched.
struct SlabDepot::Slab {
  Slab* next = nullptr;
  Slab* previous = nullptr;
  Segment* free = nullptr;
  std::uint32_t free_slots = 0;
  std::uint32_t fresh = 0;
  std::uint32_t capacity = 0;
  std::uint32_t size_class = 0;
  GuardedRange* guards = nullptr;

  [[nodiscard]] bool has_slot() const noexcept { return free != nullptr || fresh < capacity; }
  [[nodiscard]] bool unused() const noexcept { return free_slots == fresh; }
  [[nodiscard]] std::byte* first_slot(const Geometry& geometry) noexcept {
    const std::size_t record =
        geometry.slot_bytes % kPageBytes == 0 ? kPageBytes : 2 * sizeof(Slab);
    return reinterpret_cast<std::byte*>(this) + ((record + 63) & ~std::size_t{63});
  }
  [[nodiscard]] static Slab& of(Segment& segment, const Geometry& geometry) noexcept {
    return *reinterpret_cast<Slab*>(reinterpret_cast<std::uintptr_t>(&segment) &
                                    ~(geometry.slab_bytes - 1));
  }
};

SlabDepot::Slab* SlabDepot::make_slab(unsigned size_class, MappingFailure& failure) noexcept {
  constexpr std::size_t kSlabsBeforeHugePages = 2;
  const Geometry& geometry = geometry_of(size_class);
  std::byte* const memory = map_pages(geometry.slab_bytes, geometry.slab_bytes, failure);
  if (memory == nullptr) return nullptr;
  // A huge page makes a whole slab resident at the first touch: for many small slots, and never for
  // few.
  const bool huge = geometry.huge_pages && slabs_made_ >= kSlabsBeforeHugePages;
  ::madvise(memory, geometry.slab_bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  Slab* const slab = ::new (memory) Slab;
  std::byte* const first = slab->first_slot(geometry);
  slab->size_class = size_class;
  slab->capacity = static_cast<std::uint32_t>(
      static_cast<std::size_t>(memory + geometry.slab_bytes - first) / geometry.slot_bytes);
  if (geometry.guard_bytes > 0) {
    slab->guards =
        install_guards(first, geometry.slot_bytes, slab->capacity, geometry.guard_bytes, failure);
    if (slab->guards == nullptr) {
      unmap_pages(memory, geometry.slab_bytes);
      return nullptr;
    }
  }
  ++slabs_made_;
  ++free_slabs_;
  link(*slab);
  return slab;
}

Segment* SlabDepot::take_slot(Slab& slab, const Geometry& geometry) noexcept {
  if (Segment* const used = slab.free) {
    slab.free = used->next_free;
    --slab.free_slots;
    return used;
  }
  std::byte* const slot = slab.first_slot(geometry) + slab.fresh++ * geometry.slot_bytes;
  Segment* const segment = ::new (&segment_in(slot, geometry)) Segment;
  segment->low = slot + geometry.guard_bytes;
  segment->known_to_valgrind.begin(segment->low, reinterpret_cast<std::byte*>(segment));
  segment->size_class = slab.size_class;
  if (geometry.checked) {
    segment->limit =
        (reinterpret_cast<std::uintptr_t>(segment->low) + geometry.margin) | slab.size_class;
  }
  return segment;
}

Segment* SlabDepot::take(unsigned size_class, Batch wanted, std::size_t& taken,
                         MappingFailure& failure) noexcept {
  const Geometry& geometry = geometry_of(size_class);
  const std::lock_guard guard(mutex_);
  Segment* chain = nullptr;
  taken = 0;
  for (;;) {
    Slab* slab = available_;
    if (slab == nullptr) {
      if (chain != nullptr) break;  // the next slab only when there is nothing else
      slab = make_slab(size_class, failure);
      if (slab == nullptr) return nullptr;
    }
    if (chain != nullptr && taken >= (slab->free != nullptr ? wanted.used : wanted.fresh)) break;
    if (slab->unused()) fewest_free_ = std::min(fewest_free_, --free_slabs_);
    Segment* const segment = take_slot(*slab, geometry);
    segment->next_free = chain;
    chain = segment;
    ++taken;
    if (!slab->has_slot()) unlink(*slab);
  }
  slots_out_ += taken;
  return chain;
}

void SlabDepot::give(Segment* chain) noexcept {
  const std::lock_guard guard(mutex_);
  while (chain != nullptr) {
    Segment* const next = chain->next_free;
    Slab& slab = Slab::of(*chain, geometry_of(chain->size_class));
    const bool was_listed = slab.has_slot();
    chain->next_free = slab.free;
    slab.free = chain;
    ++slab.free_slots;
    --slots_out_;
    if (!was_listed) link(slab);
    if (slab.unused()) ++free_slabs_;
    chain = next;
  }
  if (free_slabs_ > kFreeSlabsKept) note_window();
  if (surplus_slabs_ != 0) release_surplus();
}

void SlabDepot::note_window() noexcept {
  const Clock::time_point now = Clock::now();
  if (now < window_ends_) return;
  // Where nothing was given for long, the window was longer, and says the same.
  surplus_slabs_ = fewest_free_ > kFreeSlabsKept ? fewest_free_ - kFreeSlabsKept : 0;
  fewest_free_ = free_slabs_;
  window_ends_ = now + kWindow;
}

void SlabDepot::release_surplus() noexcept {
  std::size_t left = std::min(surplus_slabs_, kReleasedAtOnce);
  for (Slab* slab = available_; slab != nullptr && left != 0;) {
    Slab* const next = slab->next;
    if (slab->unused()) {
      destroy(*slab);
      --surplus_slabs_;
      --left;
    }
    slab = next;
  }
  if (left != 0) surplus_slabs_ = 0;  // they have been used since
  fewest_free_ = std::min(fewest_free_, free_slabs_);
}

void SlabDepot::trim() noexcept {
  const std::lock_guard guard(mutex_);
  for (Slab* slab = available_; slab != nullptr;) {
    Slab* const next = slab->next;
    const Geometry& geometry = geometry_of(slab->size_class);
    if (slab->unused()) {
      destroy(*slab);
    } else if (geometry.slot_bytes >= 2 * kPageBytes) {
      // The header's page stays: it holds the list.
      for (Segment* free = slab->free; free != nullptr; free = free->next_free) {
        std::byte* const top = reinterpret_cast<std::byte*>(reinterpret_cast<std::uintptr_t>(free) &
                                                            ~(kPageBytes - 1));
        if (top > free->low) {
          ::madvise(free->low, static_cast<std::size_t>(top - free->low), MADV_FREE);
        }
      }
    }
    slab = next;
  }
  surplus_slabs_ = 0;
  fewest_free_ = std::min(fewest_free_, free_slabs_);
}

std::size_t SlabDepot::slots_out() noexcept {
  const std::lock_guard guard(mutex_);
  return slots_out_;
}

void SlabDepot::link(Slab& slab) noexcept {
  slab.previous = nullptr;
  slab.next = available_;
  if (available_ != nullptr) available_->previous = &slab;
  available_ = &slab;
}

void SlabDepot::unlink(Slab& slab) noexcept {
  (slab.previous != nullptr ? slab.previous->next : available_) = slab.next;
  if (slab.next != nullptr) slab.next->previous = slab.previous;
}

void SlabDepot::destroy(Slab& slab) noexcept {
  --free_slabs_;
  unlink(slab);
  for (Segment* segment = slab.free; segment != nullptr; segment = segment->next_free) {
    segment->known_to_valgrind.end();
  }
  if (slab.guards != nullptr) forget_guards(*slab.guards);
  unmap_pages(reinterpret_cast<std::byte*>(&slab), geometry_of(slab.size_class).slab_bytes);
}

}  // namespace stack_memory
}  // namespace stackful
}  // namespace twofold
