// OsThread, OsMutex, OsCondition: the threads of the operating system and what they wait on.
//
// Used by the workers. Under names of our own for the same reason as Atomic: the model checker puts
// its own in their place, and the workers' real code runs on its threads.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace twofold::detail {

using OsThread = std::thread;
using OsMutex = std::mutex;
using OsCondition = std::condition_variable;

}  // namespace twofold::detail
