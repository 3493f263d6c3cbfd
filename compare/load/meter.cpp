#include "load/meter.hpp"

namespace twofold::compare {

Meter::Meter(const ServerProcess& server)
    : server_(server),
      client_cpu_at_start_(process_cpu_seconds()),
      server_cpu_at_start_(server.cpu_seconds()) {}

Usage Meter::usage() const {
  // The server's clock first: it may already be on its way to exit.
  const double server_cpu = server_.cpu_seconds() - server_cpu_at_start_;
  return {wall_.elapsed_ns() * 1e-9, server_cpu, process_cpu_seconds() - client_cpu_at_start_};
}

}  // namespace twofold::compare
