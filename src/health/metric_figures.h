#pragma once
//
// Metric figures: reads the server's own metrics back from the text that Prometheus is given, so that what the server
// judges itself by is what an operator sees. Pure.
//
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::health {

class MetricFigures {
public:
    /// What cannot be read is passed over.
    [[nodiscard]] static MetricFigures parse(std::string_view exposition);

    /// Whether a series with these labels counts; `labels` as the text has them: `outcome="refreshed",provider="x"`.
    using Counts = std::function<bool(std::string_view labels)>;

    /// The sum of all series of that name that count; 0 if there is none.
    [[nodiscard]] double sum(std::string_view name, const Counts& counts = {}) const;
    /// The least of them; 1 if there is none.
    [[nodiscard]] double least(std::string_view name) const;

private:
    struct Series {
        std::string name;
        std::string labels;
        double value{0};
    };
    std::vector<Series> series_;
};

}  // namespace evergrant::health
