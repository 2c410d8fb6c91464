#pragma once
//
// What the program's exit status tells a script. `evergrant --help` lists them.
//
#include <span>
#include <string_view>

namespace evergrant::app {

enum class ExitCode : int {
    ok = 0,
    failed = 1,         ///< prefer a more exact one
    usage = 2,          ///< the command line is wrong
    configuration = 3,  ///< the configuration is wrong or lacks something
    store = 4,          ///< the data folder is locked, cannot be used, or does not fit the key
    not_connected = 5,  ///< no connection, a dead grant, or an authorization that failed or that nobody finished
    refused = 6,        ///< the server refused the key, or the key may not do this
    unreachable = 7,    ///< no server answered, or it could not serve now
    under_way = 8,      ///< done here; a provider is still being asked for its part
};

struct ExitCodeMeaning {
    ExitCode code;
    std::string_view meaning;
};

/// All of them, in order.
[[nodiscard]] std::span<const ExitCodeMeaning> exit_codes();

}  // namespace evergrant::app
