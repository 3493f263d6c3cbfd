// What is measured around a load: wall time, the server's and the generator's CPU time.
#pragma once

#include "load/server_process.hpp"
#include "protocol/machine.hpp"

namespace twofold::compare {

struct Usage {
  double wall_seconds = 0;
  double server_cpu_seconds = 0;
  double client_cpu_seconds = 0;
};

// Started by its construction.
class Meter {
 public:
  explicit Meter(const ServerProcess& server);
  [[nodiscard]] Usage usage() const;

 private:
  const ServerProcess& server_;
  double client_cpu_at_start_;
  double server_cpu_at_start_;
  Stopwatch wall_;
};

}  // namespace twofold::compare
