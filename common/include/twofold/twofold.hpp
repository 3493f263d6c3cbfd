// The door: all of twofold, for the runtime that the linked target chose.
#pragma once

#include "twofold/combinators/and_then.hpp"
#include "twofold/combinators/join.hpp"
#include "twofold/combinators/map.hpp"
#include "twofold/combinators/ready.hpp"
#include "twofold/combinators/select.hpp"
#include "twofold/combinators/timeout.hpp"
#include "twofold/dialect.hpp"
#include "twofold/future.hpp"
#include "twofold/net/address.hpp"
#include "twofold/net/tcp.hpp"
#include "twofold/runtime.hpp"
#include "twofold/sync/channel.hpp"
#include "twofold/task/this_task.hpp"
#include "twofold/time.hpp"
