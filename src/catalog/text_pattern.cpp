#include "catalog/text_pattern.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::catalog {

namespace {

/// How many states a pattern has, at most, once its counts are written out: `(a{1,9}b){1,9}` has 99. Bounds the
/// compiler's memory, its arithmetic and the matcher's recursion before they start.
class StateCount {
public:
    static std::size_t of(std::string_view pattern) {
        StateCount count;
        for (std::size_t at = 0; at < pattern.size();)
            at = count.step(pattern, at);
        while (count.groups_.size() > 1)
            count.close_group();
        return count.groups_.back().total;
    }

private:
    struct Group {
        std::size_t total{0};
        std::size_t last{0};  // of the piece that a count would repeat
    };

    std::size_t step(std::string_view pattern, std::size_t at) {
        switch (pattern[at]) {
            case '\\': add(1); return at + 2;
            case '[': add(1); return end_of_set(pattern, at);
            case '(': groups_.emplace_back(); return at + 1;
            case ')': close_group(); return at + 1;
            case '{': return repeat(pattern, at);
            case '*':
            case '+':
            case '?': repeat_last(2); return at + 1;
            default: add(1); return at + 1;
        }
    }

    static std::size_t end_of_set(std::string_view pattern, std::size_t at) {
        for (++at; at < pattern.size() && pattern[at] != ']'; ++at) {
            if (pattern[at] == '\\')
                ++at;
        }
        return at + 1;
    }

    void add(std::size_t states) {
        groups_.back().last = states;
        groups_.back().total += states;
    }

    void close_group() {
        if (groups_.size() == 1)
            return;
        const std::size_t inside = groups_.back().total;
        groups_.pop_back();
        add(inside + 1);
    }

    std::size_t repeat(std::string_view pattern, std::size_t at) {
        const std::size_t end = std::min(pattern.find('}', at), pattern.size());
        std::size_t times = 1;
        while (++at < end) {
            std::size_t number = 0;
            const auto [stop, error] = std::from_chars(&pattern[at], pattern.data() + end, number);
            if (error == std::errc::result_out_of_range)
                number = too_many;
            times = std::max(times, std::min(number, too_many));
            at = std::max(at, static_cast<std::size_t>(stop - pattern.data()));
        }
        repeat_last(times);
        return end + 1;
    }

    void repeat_last(std::size_t times) {
        Group& group = groups_.back();
        const std::size_t more = std::min(group.last * (times - 1), too_many);
        group.last += more;
        group.total += more;
    }

    static constexpr std::size_t too_many = TextPattern::most_states + 1;

    std::vector<Group> groups_{Group{}};
};

std::string_view reason_of(std::regex_constants::error_type code) {
    namespace rc = std::regex_constants;
    constexpr std::array<std::pair<rc::error_type, std::string_view>, 9> reasons{{
        {rc::error_brack, "a [ is not closed"},
        {rc::error_paren, "a ( is not closed, a ) not opened, or a *, + or ? repeats nothing"},
        {rc::error_brace, "a { is not closed"},
        {rc::error_badbrace, "a count in { } is not a number or a range"},
        {rc::error_range, "a range in [ ] runs backwards"},
        {rc::error_escape, "a \\ is followed by what it cannot escape"},
        {rc::error_collate, "a name in [: :], [. .] or [= =] is not known"},
        {rc::error_backref, "it refers back to a group"},
        {rc::error_complexity, "it refers back to a group"},
    }};
    const auto found = std::ranges::find(reasons, code, &std::pair<rc::error_type, std::string_view>::first);
    return found == reasons.end() ? "it is not a regular expression" : found->second;
}

}  // namespace

Result<TextPattern> TextPattern::compile(std::string_view pattern) {
    if (pattern.size() > longest_pattern)
        return failure(Errc::invalid_request, "it is longer than " + std::to_string(longest_pattern) + " characters");
    if (StateCount::of(pattern) > most_states)
        return failure(Errc::invalid_request, "its counts multiply to more than " + std::to_string(most_states));
    try {
        // __polynomial is libstdc++'s switch to matching without backtracking, which other libraries do not have.
        constexpr auto flags = std::regex::ECMAScript | std::regex::nosubs | std::regex_constants::__polynomial;
        return TextPattern(std::regex(pattern.begin(), pattern.end(), flags));
    } catch (const std::regex_error& error) {
        return failure(Errc::invalid_request, std::string(reason_of(error.code())));
    }
}

bool TextPattern::matches(std::string_view value) const {
    return value.size() <= longest_value && std::regex_match(value.begin(), value.end(), regex_);
}

}  // namespace evergrant::catalog
