#include "catalog/problem.h"

#include <algorithm>
#include <utility>

namespace evergrant::catalog {

std::string Problem::to_string() const {
    if (line == 0)
        return file + ": " + message;
    return file + ":" + std::to_string(line) + ": " + message;
}

void ProblemList::report(std::size_t line, std::string message) {
    if (!full())
        problems_.insert(std::ranges::upper_bound(problems_, line, {}, &Problem::line),
                         {file_, line, std::move(message)});
}

std::vector<Problem> ProblemList::take() && {
    if (full())
        problems_.push_back({file_, 0, "there may be more problems; these are the first " + std::to_string(most)});
    return std::move(problems_);
}

}  // namespace evergrant::catalog
