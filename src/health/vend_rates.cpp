#include "health/vend_rates.h"

#include <algorithm>
#include <cmath>

namespace evergrant::health {

namespace {

using std::chrono::milliseconds;

std::string whole(double number) {
    return std::to_string(static_cast<std::int64_t>(number));
}

/// What is left of a weight when a window has passed.
double kept(milliseconds window, milliseconds half_life) {
    return std::exp2(-static_cast<double>(window.count()) / static_cast<double>(half_life.count()));
}

}  // namespace

Condition unusual_vends(const UnusualCaller& caller, const std::string& name) {
    const std::string who =
        name.empty() ? "The caller " + caller.caller : "The API key " + caller.caller + " (" + name + ")";
    return {.rule = rule::vend_rate,
            .subject = caller.caller,
            .severity = storage::Severity::error,
            .status = "unusual",
            .reason = who + " took " + whole(caller.tokens) + " tokens within minutes; " + whole(caller.average) +
                      " are usual."};
}

std::vector<UnusualCaller> VendRates::judge(const broker::VendsByCaller& counted, milliseconds now) {
    if (!begun_)
        begun_ = window_begun_ = now;
    close_windows(now);
    for (const auto& [name, tokens] : counted) {
        if (callers_.size() >= limits_.callers && !callers_.contains(name))
            continue;
        Caller& caller = callers_[name];
        caller.tokens += static_cast<double>(tokens);
        if (now - *begun_ >= limits_.learning)
            look_at(name, caller);
    }
    std::vector<UnusualCaller> unusual;
    for (const auto& [name, caller] : callers_)
        if (caller.unusual)
            unusual.push_back(*caller.unusual);
    return unusual;
}

void VendRates::look_at(const std::string& name, Caller& caller) const {
    const double average = average_of(caller);
    const bool stands_out = caller.tokens > limits_.floor && caller.tokens > limits_.times_average * average &&
                            caller.tokens > limits_.times_most * caller.most;
    if (!stands_out)
        return;
    caller.stands_out = true;
    caller.unusual = UnusualCaller{.caller = name, .tokens = caller.tokens, .average = average};
}

double VendRates::average_of(const Caller& caller) const {
    return weight_ > 0 ? caller.sum / weight_ : 0;
}

/// Windows at which nobody looked, while the process was stopped, are passed over.
void VendRates::close_windows(milliseconds now) {
    const auto windows = (now - window_begun_) / limits_.window;
    if (windows <= 0)
        return;
    window_begun_ += windows * limits_.window;
    for (auto& [name, caller] : callers_)
        close_window(caller);
    weight_ = weight_ * kept(limits_.window, limits_.half_life) + 1;
    std::erase_if(callers_, [](const auto& one) { return one.second.most < 1 && !one.second.unusual; });
    forget_the_least();
}

void VendRates::close_window(Caller& caller) const {
    caller.sum = caller.sum * kept(limits_.window, limits_.half_life) + caller.tokens;
    caller.most *= kept(limits_.window, limits_.most_half_life);
    if (caller.stands_out) {
        caller.most_unusual = std::max(caller.most_unusual, caller.tokens);
    } else {
        caller.most = std::max({caller.most, caller.tokens, caller.most_unusual});
        caller.most_unusual = 0;
        caller.unusual.reset();
    }
    caller.stands_out = false;
    caller.tokens = 0;
}

/// Makes room before there is none: who takes many is who is watched.
void VendRates::forget_the_least() {
    if (callers_.size() < limits_.callers)
        return;
    std::vector<double> mosts;
    for (const auto& [name, caller] : callers_)
        mosts.push_back(caller.most);
    const auto middle = mosts.begin() + static_cast<std::ptrdiff_t>(mosts.size() / 2);
    std::ranges::nth_element(mosts, middle);
    std::erase_if(callers_, [&](const auto& one) { return one.second.most <= *middle && !one.second.unusual; });
}

}  // namespace evergrant::health
