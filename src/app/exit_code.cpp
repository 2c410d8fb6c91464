#include "app/exit_code.h"

#include <array>

namespace evergrant::app {

std::span<const ExitCodeMeaning> exit_codes() {
    static constexpr std::array meanings{
        ExitCodeMeaning{ExitCode::ok, "done"},
        ExitCodeMeaning{ExitCode::failed, "failed; the message says why"},
        ExitCodeMeaning{ExitCode::usage, "the command line is wrong"},
        ExitCodeMeaning{ExitCode::configuration, "the configuration is wrong or lacks something"},
        ExitCodeMeaning{ExitCode::store, "the data folder is locked, cannot be used, or does not fit the key"},
        ExitCodeMeaning{ExitCode::not_connected,
                        "no connection, a dead grant, or an authorization that failed or nobody finished"},
        ExitCodeMeaning{ExitCode::refused, "the server refused the key, or the key may not do this"},
        ExitCodeMeaning{ExitCode::unreachable, "no server answered, or it cannot serve now"},
        ExitCodeMeaning{ExitCode::under_way, "done here; the server is still asking a provider for its part"},
    };
    return meanings;
}

}  // namespace evergrant::app
