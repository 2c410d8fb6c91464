#pragma once
//
// Time zones by their IANA names, read from the system's tzdata (TZif, RFC 8536, with the rule for the years behind its
// table). Neither compiler's library has std::chrono::tzdb, and glibc knows but one zone a process at a time. Pure but
// for TimeZones, which reads files.
//
#include "base/clock.h"
#include "base/error.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::connectors {

using std::chrono::local_days;
using std::chrono::local_seconds;

/// From `begin` to before `end`.
struct TimeRange {
    sys_seconds begin;
    sys_seconds end;

    [[nodiscard]] bool operator==(const TimeRange&) const = default;
    [[nodiscard]] bool overlaps(const TimeRange& other) const noexcept {
        return begin < other.end && other.begin < end;
    }
};

/// Part of the yearly rule: the moment at which an offset begins.
struct YearlyChange {
    enum class Kind : std::uint8_t { weekday_of_month, julian_without_leap_day, day_of_year };
    Kind kind{Kind::weekday_of_month};
    unsigned month{1};
    unsigned week{1};     ///< 5: the last
    unsigned weekday{0};  ///< 0: Sunday
    unsigned day{0};      ///< for the other two kinds
    std::chrono::seconds time{7200};

    /// By the clocks that are shown until then.
    [[nodiscard]] local_seconds in(std::chrono::year year) const;
};

/// What holds behind the table: one offset, or two with their changes.
struct YearlyRule {
    std::chrono::seconds standard{0};
    std::chrono::seconds summer{0};
    std::optional<YearlyChange> summer_begins{};  ///< both or none
    std::optional<YearlyChange> summer_ends{};
};

/// A time zone. An immutable value.
class TimeZone {
public:
    /// A stretch of time in which the offset from UTC is one.
    struct Span {
        TimeRange range;
        std::chrono::seconds offset;
    };

    /// UTC.
    TimeZone() = default;

    /// The content of a TZif file. Errors: invalid_request: it is none, or one with leap seconds.
    [[nodiscard]] static Result<TimeZone> parse(std::string_view tzif, std::string name);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::chrono::seconds offset_at(sys_seconds time) const;
    [[nodiscard]] local_seconds to_local(sys_seconds time) const;

    /// When clocks show a time from `begin` to before `end`, in order: nothing for what a change skips, twice what it
    /// repeats. Spans that touch differ in their offsets.
    [[nodiscard]] std::vector<Span> spans(local_seconds begin, local_seconds end) const;

    /// All of a day, midnight to midnight, of 23, 24 or 25 hours. Empty for a day that a zone skipped.
    [[nodiscard]] TimeRange day(local_days day) const;

    /// The instant at which clocks show `time`: the first where it comes twice, the end of the gap where it is skipped.
    [[nodiscard]] sys_seconds first_instant(local_seconds time) const;

private:
    struct Change {
        sys_seconds at;
        std::chrono::seconds offset;
    };
    std::optional<sys_seconds> next_change(sys_seconds after) const;
    std::optional<sys_seconds> next_yearly_change(sys_seconds after) const;
    std::chrono::seconds yearly_offset(sys_seconds time) const;

    std::string name_{"UTC"};
    std::chrono::seconds first_offset_{0};
    std::vector<Change> changes_;
    std::optional<YearlyRule> rule_;
};

/// A rule as the foot of a TZif file has it, `CET-1CEST,M3.5.0,M10.5.0/3`. Nothing if it is none.
[[nodiscard]] std::optional<YearlyRule> parse_yearly_rule(std::string_view text);

/// `2026-03-03T09:00:00+01:00`, as clocks of the zone show it.
[[nodiscard]] std::string to_iso8601(sys_seconds time, const TimeZone& zone);

/// The zones of a folder of TZif files. Thread-safe; a file is read once, some kilobytes from a local disk.
class TimeZones {
public:
    explicit TimeZones(std::filesystem::path folder = "/usr/share/zoneinfo") : folder_(std::move(folder)) {}

    /// Errors: invalid_request for field `field`: there is no such zone, or this system has no tzdata.
    [[nodiscard]] Result<std::shared_ptr<const TimeZone>> find(std::string name, std::string field = "tz");

private:
    std::filesystem::path folder_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const TimeZone>, std::less<>> known_;  ///< as many as there are files
};

/// Those of this machine.
[[nodiscard]] TimeZones& system_time_zones();

}  // namespace evergrant::connectors
