#include "app/known_names.h"

#include "app/setting.h"
#include "base/nearest.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace evergrant::app {

namespace {

// Read by the program without being settings of the server.
constexpr std::array<std::string_view, 4> other_names{"EVERGRANT_CONFIG", "EVERGRANT_URL", "EVERGRANT_API_KEY",
                                                      "EVERGRANT_CRASH_AT"};

/// Kubernetes and Docker links describe a service `evergrant` or `evergrant-x` to its neighbours by such variables.
bool is_from_an_orchestrator(std::string_view name, std::string_view value) {
    return name.find("_SERVICE_HOST") != std::string_view::npos ||
           name.find("_SERVICE_PORT") != std::string_view::npos || name.find("_PORT_") != std::string_view::npos ||
           value.starts_with("tcp://") || value.starts_with("udp://");
}

}  // namespace

std::vector<std::string> unknown_names(const Environment& environment) {
    std::vector<std::string> known(other_names.begin(), other_names.end());
    for (const Setting& setting : settings())
        known.push_back(environment_name(setting));
    const std::vector<std::string_view> views(known.begin(), known.end());
    std::vector<std::string> sentences;
    for (auto at = environment.lower_bound("EVERGRANT_"); at != environment.end(); ++at) {
        const auto& [name, value] = *at;
        if (!name.starts_with("EVERGRANT_"))
            break;
        if (std::ranges::find(views, name) != views.end() || is_from_an_orchestrator(name, value))
            continue;
        const std::string hint = did_you_mean(name, views);
        sentences.push_back("the variable " + name + " is not a setting" + (hint.empty() ? "." : hint));
    }
    return sentences;
}

}  // namespace evergrant::app
