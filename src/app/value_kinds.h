#pragma once
//
// The kinds of value a setting can have. Each is built from an accessor, a generic lambda that returns the field, so
// that reading and writing down are the same row: `seconds([](auto& c) -> auto& { return c.refresh.margin; }, {1,
// 60})`. The checks themselves are plain functions in value_checks.h.
//
#include "app/setting.h"
#include "app/value_checks.h"

#include <array>
#include <chrono>
#include <concepts>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::app {

/// What `parsed` becomes under `convert`, or its error.
template <class Value, class Convert>
auto converted(const Parsed<Value>& parsed, Convert convert) -> Parsed<decltype(convert(*parsed))> {
    if (!parsed)
        return std::unexpected(parsed.error());
    return convert(*parsed);
}

/// A value that one item is parsed into by `parse` and written down from by `print`.
template <class Field, class Parse, class Print>
ValueKind single(std::string accepts, Field field, Parse parse, Print print) {
    ValueKind kind{.accepts = std::move(accepts)};
    kind.set = [field, parse](Configuration& configuration, const Items& items) -> Checked {
        auto value = parse(items.front());
        if (!value)
            return std::unexpected(std::move(value).error());
        field(configuration) = std::move(*value);
        return {};
    };
    kind.text = [field, print](const Configuration& configuration) { return print(field(configuration)); };
    return kind;
}

/// A list whose items are parsed one by one.
template <class Field, class Parse, class Print>
ValueKind list(std::string accepts, Field field, Parse parse, Print print) {
    ValueKind kind{.accepts = std::move(accepts), .is_list = true};
    kind.set = [field, parse](Configuration& configuration, const Items& items) -> Checked {
        std::remove_cvref_t<decltype(field(configuration))> values;
        for (const std::string& item : items) {
            auto value = parse(item);
            if (!value)
                return std::unexpected(std::move(value).error());
            values.push_back(std::move(*value));
        }
        field(configuration) = std::move(values);
        return {};
    };
    kind.text = [field, print](const Configuration& configuration) {
        std::string text;
        for (const auto& value : field(configuration))
            text += (text.empty() ? "" : ",") + print(value);
        return text;
    };
    return kind;
}

template <class Field>
ValueKind whole_number(Field field, Range range) {
    using Number = std::remove_cvref_t<decltype(field(std::declval<Configuration&>()))>;
    const auto parse = [range](const std::string& item) -> Parsed<Number> {
        return converted(parse_whole_number(item, range), [](std::uint32_t number) { return Number{number}; });
    };
    return single(describe(range), field, parse, [](Number number) { return std::to_string(number); });
}

template <class Field>
ValueKind seconds(Field field, Range range) {
    const auto parse = [range](const std::string& item) -> Parsed<std::chrono::seconds> {
        return converted(parse_whole_number(item, range),
                         [](std::uint32_t number) { return std::chrono::seconds(number); });
    };
    return single(describe(range), field, parse,
                  [](std::chrono::seconds value) { return std::to_string(value.count()); });
}

template <class Field>
ValueKind on_or_off(Field field) {
    ValueKind kind =
        single("true or false", field, parse_boolean, [](bool value) { return std::string(value ? "true" : "false"); });
    kind.is_switch = true;
    return kind;
}

/// `names[i]` stands for the enumerator of value i.
template <class Field, std::size_t count>
ValueKind choice(Field field, std::array<std::string_view, count> names) {
    using Choice = std::remove_cvref_t<decltype(field(std::declval<Configuration&>()))>;
    const auto parse = [names](const std::string& item) -> Parsed<Choice> {
        return converted(parse_choice(item, names), [](std::size_t index) { return static_cast<Choice>(index); });
    };
    const auto print = [names](Choice value) { return std::string(names[static_cast<std::size_t>(value)]); };
    return single(describe_choices(names), field, parse, print);
}

template <class Field>
ValueKind listen_address(Field field) {
    const auto print = [](const ListenAddress& address) { return address.to_string(); };
    ValueKind kind = single("HOST:PORT, [IPv6]:PORT, a port alone or unix:PATH", field, parse_listen_address, print);
    // A port alone keeps the host that a weaker source gave: PORT=8080 does not open the server to the world.
    kind.set = [field](Configuration& configuration, const Items& items) -> Checked {
        auto parsed = parse_listen_address(items.front());
        if (!parsed)
            return std::unexpected(std::move(parsed).error());
        ListenAddress& address = field(configuration);
        if (parsed->host.empty() && parsed->unix_path.empty())
            parsed->host = address.host.empty() ? "127.0.0.1" : address.host;
        address = std::move(*parsed);
        return {};
    };
    return kind;
}

template <class Field>
ValueKind url(Field field) {
    return single("an http or https URL", field, parse_url, [](const std::string& value) { return value; });
}

template <class Field>
ValueKind text(Field field, std::string accepts) {
    return single(std::move(accepts), field, parse_text, [](const std::string& value) { return value; });
}

template <class Field>
ValueKind path(Field field, std::string accepts) {
    const auto print = [](const std::filesystem::path& value) { return value.string(); };
    return single(std::move(accepts), field, parse_path, print);
}

template <class Field>
ValueKind paths(Field field, std::string accepts) {
    const auto print = [](const std::filesystem::path& value) { return value.string(); };
    return list(std::move(accepts), field, parse_path, print);
}

template <class Field>
ValueKind origins(Field field) {
    return list("origins such as https://app.example.com", field, parse_origin,
                [](const std::string& value) { return value; });
}

template <class Field>
ValueKind proxies(Field field) {
    return list("addresses, networks such as 10.0.0.0/8, or unix", field, parse_trusted_proxy,
                [](const std::string& value) { return value; });
}

template <class Field>
ValueKind private_targets(Field field) {
    return list("hosts, addresses or networks such as 10.0.0.0/8", field, parse_private_target,
                [](const std::string& value) { return value; });
}

template <class Field>
ValueKind hosts(Field field) {
    return list("hosts", field, parse_text, [](const std::string& value) { return value; });
}

inline std::string mask(const SecretString& secret) {
    return secret.empty() ? "" : "****";
}

template <class Field>
ValueKind signing_secret(Field field) {
    ValueKind kind = single("at least 32 bytes", field, parse_signing_secret, mask);
    kind.is_secret = true;
    return kind;
}

template <class Field>
ValueKind database_url(Field field) {
    ValueKind kind = single("a postgresql:// URL", field, parse_database_url, mask);
    kind.is_secret = true;
    return kind;
}

template <class Field>
ValueKind redis_url(Field field) {
    ValueKind kind = single("a redis:// URL", field, parse_redis_url, mask);
    kind.is_secret = true;
    return kind;
}

template <class Field>
ValueKind password(Field field) {
    ValueKind kind = single("a password", field, parse_password, mask);
    kind.is_secret = true;
    return kind;
}

template <class Field>
ValueKind proxy(Field field) {
    ValueKind kind = single("an http or https URL", field, parse_proxy, mask);
    kind.is_secret = true;
    return kind;
}

template <class Field>
ValueKind encryption_keys(Field field) {
    ValueKind kind = list("64 hexadecimal digits each", field, parse_encryption_key, mask);
    kind.is_secret = true;
    return kind;
}

}  // namespace evergrant::app
