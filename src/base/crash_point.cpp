#include "base/crash_point.h"

#ifdef EVERGRANT_CRASH_POINTS

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>

namespace evergrant {

namespace {

struct Target {
    std::string_view name;
    int signal{SIGKILL};
    std::atomic<int> passes_left{0};
};

constexpr std::string_view stopping = "stop:";

Target& target() {
    static Target instance;
    static const bool parsed = [] {
        const char* setting = std::getenv("EVERGRANT_CRASH_AT");
        if (setting == nullptr)
            return false;
        std::string_view text(setting);
        if (text.starts_with(stopping)) {
            instance.signal = SIGSTOP;
            text.remove_prefix(stopping.size());
        }
        const std::size_t colon = text.find(':');
        int passes = 1;
        if (colon != std::string_view::npos)
            std::from_chars(text.data() + colon + 1, text.data() + text.size(), passes);
        instance.name = text.substr(0, colon);
        instance.passes_left = passes;
        return true;
    }();
    static_cast<void>(parsed);
    return instance;
}

}  // namespace

void crash_point(std::string_view name) noexcept {
    Target& wanted = target();
    if (!wanted.name.empty() && wanted.name == name && --wanted.passes_left == 0)
        ::raise(wanted.signal);  // to this thread: one sent to the process may stop another first, and this goes on
}

}  // namespace evergrant

#endif
