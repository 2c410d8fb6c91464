//
// Reading TZif (RFC 8536) and the rule at its foot, and finding the files.
//
#include "connectors/calendar/time_zone.h"

#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>

namespace evergrant::connectors {

namespace {

using std::chrono::seconds;

constexpr std::size_t longest_file = 256UL * 1024;
constexpr std::size_t longest_name = 64;
constexpr std::string_view magic = "TZif";
constexpr std::size_t reserved = 15;
constexpr std::size_t ttinfo_size = 6;

/// Reads big-endian numbers; once something is missing, all that follows is.
class Bytes {
public:
    explicit Bytes(std::string_view text) : text_(text) {}

    [[nodiscard]] bool intact() const noexcept { return intact_; }
    std::string_view take(std::size_t size) {
        if (size > text_.size())
            intact_ = false;
        const std::string_view taken = text_.substr(0, intact_ ? size : 0);
        text_.remove_prefix(taken.size());
        return taken;
    }
    std::int64_t number(std::size_t size) {
        constexpr unsigned byte_bits = 8;
        std::uint64_t value = 0;
        const std::string_view bytes = take(size);
        for (const char c : bytes)
            value = value << byte_bits | static_cast<unsigned char>(c);
        if (size == sizeof(std::int32_t))
            return static_cast<std::int32_t>(value);
        return static_cast<std::int64_t>(value);
    }
    [[nodiscard]] std::string_view rest() const noexcept { return text_; }

private:
    std::string_view text_;
    bool intact_{true};
};

struct Header {
    char version{0};
    std::size_t utc_flags{0};
    std::size_t standard_flags{0};
    std::size_t leaps{0};
    std::size_t changes{0};
    std::size_t types{0};
    std::size_t letters{0};
};

std::optional<Header> read_header(Bytes& bytes) {
    const auto count = [&] { return static_cast<std::size_t>(bytes.number(sizeof(std::uint32_t))); };
    if (bytes.take(magic.size()) != magic)
        return std::nullopt;
    Header header;
    header.version = static_cast<char>(bytes.number(1));
    bytes.take(reserved);
    header.utc_flags = count();
    header.standard_flags = count();
    header.leaps = count();
    header.changes = count();
    header.types = count();
    header.letters = count();
    const bool possible = header.changes < longest_file && header.types > 0 && header.types <= 256;
    return bytes.intact() && possible ? std::optional(header) : std::nullopt;
}

/// The size of what follows a header.
std::size_t size_of(const Header& header, std::size_t time_size) {
    return header.changes * (time_size + 1) + header.types * ttinfo_size + header.letters +
           header.leaps * (time_size + sizeof(std::int32_t)) + header.standard_flags + header.utc_flags;
}

struct Table {
    std::vector<std::int64_t> times;
    std::vector<std::size_t> types;
    std::vector<seconds> offsets;
};

std::optional<Table> read_table(Bytes& bytes, const Header& header, std::size_t time_size) {
    Table table;
    for (std::size_t i = 0; i < header.changes && bytes.intact(); ++i)
        table.times.push_back(bytes.number(time_size));
    for (std::size_t i = 0; i < header.changes && bytes.intact(); ++i)
        table.types.push_back(static_cast<std::size_t>(bytes.number(1)));
    for (std::size_t i = 0; i < header.types && bytes.intact(); ++i) {
        table.offsets.emplace_back(bytes.number(sizeof(std::int32_t)));
        bytes.take(ttinfo_size - sizeof(std::int32_t));
    }
    bytes.take(header.letters + header.leaps * (time_size + sizeof(std::int32_t)) + header.standard_flags +
               header.utc_flags);
    constexpr std::chrono::hours furthest{26};
    const bool sound = bytes.intact() && std::ranges::is_sorted(table.times) &&
                       std::ranges::all_of(table.types, [&](std::size_t type) { return type < header.types; }) &&
                       std::ranges::all_of(table.offsets, [&](seconds o) { return std::chrono::abs(o) < furthest; });
    return sound ? std::optional(std::move(table)) : std::nullopt;
}

/// Reads the pieces of a POSIX rule from its front.
class RuleText {
public:
    explicit RuleText(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() const noexcept { return text_.empty(); }
    bool skip(char c) {
        if (!text_.starts_with(c))
            return false;
        text_.remove_prefix(1);
        return true;
    }
    /// `CET` or `<+1030>`.
    bool abbreviation() {
        const bool quoted = skip('<');
        const std::size_t size = quoted ? text_.find('>') : text_.find_first_not_of(letters);
        if (size == 0 || (quoted && size == std::string_view::npos))
            return false;
        text_.remove_prefix(std::min(text_.size(), size));
        return !quoted || skip('>');
    }
    std::optional<unsigned> number(unsigned most) {
        unsigned value = 0;
        const auto [stop, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
        if (error != std::errc() || value > most)
            return std::nullopt;
        text_.remove_prefix(static_cast<std::size_t>(stop - text_.data()));
        return value;
    }
    /// `[+-]hh[:mm[:ss]]`
    std::optional<seconds> time() {
        constexpr unsigned most_hours = 167;
        constexpr unsigned most_minutes = 59;
        const bool negative = skip('-');
        if (!negative)
            skip('+');
        const auto hours = number(most_hours);
        const auto minutes = hours && skip(':') ? number(most_minutes) : std::optional(0U);
        const auto rest = minutes && skip(':') ? number(most_minutes) : std::optional(0U);
        if (!hours || !minutes || !rest)
            return std::nullopt;
        const seconds value = std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + seconds(*rest);
        return negative ? -value : value;
    }

private:
    static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string_view text_;
};

bool read_day(RuleText& text, YearlyChange& change) {
    constexpr unsigned months = 12;
    constexpr unsigned weeks = 5;
    constexpr unsigned saturday = 6;
    constexpr unsigned days_of_year = 365;
    if (text.skip('M')) {
        const auto month = text.number(months);
        const auto week = text.skip('.') ? text.number(weeks) : std::nullopt;
        const auto weekday = text.skip('.') ? text.number(saturday) : std::nullopt;
        if (!month || !week || !weekday || *month == 0 || *week == 0)
            return false;
        change.month = *month;
        change.week = *week;
        change.weekday = *weekday;
        return true;
    }
    const bool julian = text.skip('J');
    change.kind = julian ? YearlyChange::Kind::julian_without_leap_day : YearlyChange::Kind::day_of_year;
    const auto day = text.number(days_of_year);
    if (!day || (julian && *day == 0))
        return false;
    change.day = *day;
    return true;
}

std::optional<YearlyChange> read_change(RuleText& text) {
    YearlyChange change;
    if (!text.skip(',') || !read_day(text, change))
        return std::nullopt;
    if (!text.skip('/'))
        return change;
    const auto time = text.time();
    if (!time)
        return std::nullopt;
    change.time = *time;
    return change;
}

/// Letters, digits, `_`, `+`, `-` between slashes: no name leads out of the folder.
bool is_zone_name(std::string_view name) {
    if (name.empty() || name.size() > longest_name || name.starts_with('/') || name.ends_with('/') ||
        name.contains("//") || name.starts_with("right/"))
        return false;
    return std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_+-/").contains(c);
    });
}

std::optional<std::string> content_of(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error) || std::filesystem::file_size(file, error) > longest_file)
        return std::nullopt;
    std::ifstream stream(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

}  // namespace

std::optional<YearlyRule> parse_yearly_rule(std::string_view text) {
    RuleText left(text);
    if (!left.abbreviation())
        return std::nullopt;
    // POSIX counts westwards.
    const auto standard = left.time();
    if (!standard)
        return std::nullopt;
    YearlyRule rule;
    rule.standard = -*standard;
    if (left.at_end())
        return rule;
    if (!left.abbreviation())
        return std::nullopt;
    rule.summer = rule.standard + std::chrono::hours(1);
    if (!left.skip(',')) {
        const auto summer = left.time();
        if (!summer)
            return std::nullopt;
        rule.summer = -*summer;
    } else {
        left = RuleText(text.substr(text.find(',')));
    }
    rule.summer_begins = read_change(left);
    rule.summer_ends = rule.summer_begins ? read_change(left) : std::nullopt;
    return rule.summer_ends && left.at_end() ? std::optional(rule) : std::nullopt;
}

Result<TimeZone> TimeZone::parse(std::string_view tzif, std::string name) {
    const auto broken = [&] { return failure(Errc::invalid_request, "This is no time zone file.", name); };
    Bytes bytes(tzif);
    auto header = read_header(bytes);
    if (!header)
        return broken();
    std::size_t time_size = sizeof(std::int32_t);
    const bool has_second_table = header->version != 0;
    if (has_second_table) {
        bytes.take(size_of(*header, time_size));
        header = read_header(bytes);
        time_size = sizeof(std::int64_t);
    }
    if (!header || header->leaps != 0)
        return broken();
    const auto table = read_table(bytes, *header, time_size);
    if (!table)
        return broken();
    TimeZone zone;
    zone.name_ = std::move(name);
    zone.first_offset_ = table->offsets.front();
    for (std::size_t i = 0; i < table->times.size(); ++i)
        zone.changes_.push_back({sys_seconds(seconds(table->times[i])), table->offsets[table->types[i]]});
    if (has_second_table && bytes.take(1) == "\n") {
        const std::string_view foot = bytes.rest().substr(0, bytes.rest().find('\n'));
        if (!foot.empty())
            zone.rule_ = parse_yearly_rule(foot);
    }
    return zone;
}

Result<std::shared_ptr<const TimeZone>> TimeZones::find(std::string name, std::string field) {
    if (name == "UTC")
        return std::make_shared<const TimeZone>();
    auto unknown = invalid_field(std::move(field), "There is no such time zone; a name is like Europe/Berlin.");
    if (!is_zone_name(name))
        return unknown;
    const std::scoped_lock lock(mutex_);
    const auto known = known_.find(name);
    if (known != known_.end())
        return known->second;
    const auto content = content_of(folder_ / name);
    auto zone = content ? TimeZone::parse(*content, name) : Result<TimeZone>(unknown);
    if (!zone)
        return unknown;
    return known_.emplace(std::move(name), std::make_shared<const TimeZone>(std::move(*zone))).first->second;
}

TimeZones& system_time_zones() {
    static TimeZones zones;
    return zones;
}

}  // namespace evergrant::connectors
