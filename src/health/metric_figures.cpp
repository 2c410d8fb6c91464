#include "health/metric_figures.h"

#include <algorithm>
#include <charconv>

namespace evergrant::health {

MetricFigures MetricFigures::parse(std::string_view exposition) {
    MetricFigures figures;
    while (!exposition.empty()) {
        const std::size_t end = std::min(exposition.find('\n'), exposition.size());
        const std::string_view line = exposition.substr(0, end);
        exposition.remove_prefix(std::min(end + 1, exposition.size()));
        const std::size_t space = line.rfind(' ');
        if (line.empty() || line.front() == '#' || space == std::string_view::npos)
            continue;
        const std::string_view number = line.substr(space + 1);
        Series series;
        const auto [after, error] = std::from_chars(number.data(), number.data() + number.size(), series.value);
        if (error != std::errc() || after != number.data() + number.size())
            continue;
        const std::string_view subject = line.substr(0, space);
        const std::size_t brace = subject.find('{');
        series.name = subject.substr(0, brace);
        if (brace != std::string_view::npos)
            series.labels = subject.substr(brace + 1, subject.size() - brace - 2);
        figures.series_.push_back(std::move(series));
    }
    return figures;
}

double MetricFigures::sum(std::string_view name, const Counts& counts) const {
    double total = 0;
    for (const Series& one : series_)
        if (one.name == name && (!counts || counts(one.labels)))
            total += one.value;
    return total;
}

double MetricFigures::least(std::string_view name) const {
    double found = 1;
    for (const Series& one : series_)
        if (one.name == name)
            found = std::min(found, one.value);
    return found;
}

}  // namespace evergrant::health
