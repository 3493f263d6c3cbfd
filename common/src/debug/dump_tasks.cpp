// dump_tasks: the live tasks as text, with the names of the functions they are suspended in.
#include <cxxabi.h>
#include <dlfcn.h>

#include <cstdlib>
#include <ostream>

#include "twofold/executor/executor.hpp"

namespace twofold::detail {
namespace {

void write_frame(void* to, const void* address) {
  std::ostream& out = *static_cast<std::ostream*>(to);
  Dl_info info{};
  out << "\n      at ";
  if (::dladdr(address, &info) == 0 || info.dli_sname == nullptr) {
    out << address;
    return;
  }
  int status = 0;
  char* const readable = abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status);
  out << (readable != nullptr ? readable : info.dli_sname);
  std::free(readable);
}

}  // namespace

void dump_tasks(const Executor& executor, std::ostream& to) {
  executor.for_each_task([&](TaskHeader& task) {
    to << "  task " << task.id();
    if (task.name() != nullptr) to << " \"" << task.name() << '"';
    const bool is_parked = task.is_shared() ? task.hold_parked() : !task.is_running();
    if (!is_parked) {
      to << (task.is_done() ? " is over\n" : " runs or is ready\n");
      return;
    }
    to << " waits for " << (task.waiting_for() != nullptr ? task.waiting_for() : "a future");
    task.ops().trace(task, &write_frame, &to);
    to << '\n';
    if (task.is_shared()) task.let_go();
  });
}

}  // namespace twofold::detail
