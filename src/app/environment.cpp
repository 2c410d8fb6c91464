#include "app/environment.h"

namespace evergrant::app {

Environment environment_of(const char* const* entries) {
    Environment environment;
    for (; entries != nullptr && *entries != nullptr; ++entries) {
        const std::string_view entry(*entries);
        const std::size_t equals = entry.find('=');
        if (equals != 0 && equals != std::string_view::npos)
            environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    }
    return environment;
}

std::string_view value_of(const Environment& environment, std::string_view name) noexcept {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace evergrant::app
