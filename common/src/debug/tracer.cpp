#include "twofold/debug/tracer.hpp"

namespace twofold {

Tracer::~Tracer() = default;
void Tracer::spawned(const TaskEvent&) noexcept {}
void Tracer::woken(const TaskEvent&) noexcept {}
void Tracer::running(const TaskEvent&) noexcept {}
void Tracer::parked(const TaskEvent&) noexcept {}
void Tracer::ended(const TaskEvent&) noexcept {}

}  // namespace twofold
