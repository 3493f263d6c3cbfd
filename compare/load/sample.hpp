// One sample of a server workload from start to verdict: start the server, run the load, wait for
// the server's own check, print the figures.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "protocol/output.hpp"
#include "protocol/params.hpp"

namespace twofold::compare {

struct SampleOptions {
  std::string load;
  Params params;
  std::vector<std::string> server_command;
  std::chrono::milliseconds timeout{60'000};
};

// Prints figures and the check line only when everything was right; otherwise throws CheckFailed,
// Unsupported or Capped and has printed nothing. Pins the calling thread to core 1.
void run_sample(const SampleOptions& options, Output& output);

}  // namespace twofold::compare
