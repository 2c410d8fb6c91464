#include "connectors/api_figures.h"

#include <string>

namespace evergrant::connectors {

void ApiFigures::note(const ProviderId& provider, unsigned status, std::chrono::steady_clock::duration took) {
    constexpr unsigned hundred = 100;
    OfProvider& figures = of(provider);
    const unsigned status_class = status / hundred;
    figures.calls.at(status_class < classes ? status_class : 0)->increment();
    figures.seconds->observe(std::chrono::duration<double>(took).count());
}

ApiFigures::OfProvider& ApiFigures::of(const ProviderId& provider) {
    OfProvider& figures = known_[provider.str()];
    if (figures.seconds != nullptr)
        return figures;
    static constexpr std::array<std::string_view, classes> names{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
    for (std::size_t index = 0; index < classes; ++index)
        figures.calls.at(index) = &metrics_.counter(
            "evergrant_api_calls_total", "Calls of providers' APIs, by the class of their answer; none: there was none",
            {{"provider", provider.str()}, {"answer", std::string(names.at(index))}});
    figures.seconds = &metrics_.histogram("evergrant_api_call_seconds", "Time to the head of a provider's answer",
                                          {{"provider", provider.str()}});
    return figures;
}

}  // namespace evergrant::connectors
