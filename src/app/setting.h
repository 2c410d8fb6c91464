#pragma once
//
// Setting: one row of the table from which evergrant.yaml, the environment and the flags are read, and from which
// `config show` and docs/configuration.md are made.
//
#include "app/configuration.h"

#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::app {

/// What was written for a setting: one item, or several for a list.
using Items = std::vector<std::string>;

/// Nothing, or what is wrong with the value: a predicate such as `must be true or false, and is "maybe"`. Says nothing
/// of a secret but its length.
using Checked = std::expected<void, std::string>;

/// What a setting may be, how it is read and how it is written down.
struct ValueKind {
    std::string accepts{};  ///< as the reference and the error messages say it
    bool is_list{false};
    bool is_switch{false};  ///< as a flag it needs no value
    bool is_secret{false};
    std::function<Checked(Configuration&, const Items&)> set{};
    std::function<std::string(const Configuration&)> text{};  ///< `****` for a secret
};

struct Setting {
    std::string_view name{};               ///< as in evergrant.yaml: `refresh.margin_seconds`
    std::vector<std::string_view> also{};  ///< names in the environment besides environment_name(), strongest first
    std::string_view flag{};               ///< `--data`; empty: none
    std::string_view default_value{};      ///< empty: not set
    std::string_view meaning{};            ///< one or two sentences
    ValueKind kind{};
};

/// The table, in the order of the reference.
[[nodiscard]] std::span<const Setting> settings();

/// Null if there is none of that name.
[[nodiscard]] const Setting* find_setting(std::string_view name);

/// `EVERGRANT_REFRESH_MARGIN_SECONDS`: each setting has such a name, and it is stronger than the others.
[[nodiscard]] std::string environment_name(const Setting& setting);

/// Every name the environment may give it, strongest first.
[[nodiscard]] std::vector<std::string> environment_names(const Setting& setting);

/// A flag's or a variable's text as items: split at commas for a list, else one item.
[[nodiscard]] Items items_of(const Setting& setting, std::string_view text);

}  // namespace evergrant::app
