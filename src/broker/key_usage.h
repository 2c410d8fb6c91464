#pragma once
//
// Key usage: writes down, now and then, when API keys were last used; reads stay free of it.
//
#include "async/task.h"
#include "broker/authenticator.h"
#include "storage/store.h"

namespace evergrant::broker {

/// Every half minute, until cancelled: the last half minute before a stop is not noted. Thread: the authenticator's
/// shard.
[[nodiscard]] async::Task<void> note_key_usage(Authenticator* authenticator, storage::Store* store);

}  // namespace evergrant::broker
