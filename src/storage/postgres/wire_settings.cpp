#include "storage/postgres/wire_settings.h"

#include "storage/postgres/postgres_store.h"

#include <boost/asio/ip/address.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace evergrant::storage::postgres {

namespace {

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos)
            return parts;
        list.remove_prefix(comma + 1);
    }
}

/// Entry `index` of a list that has one entry for each host, or one for all.
const std::string& entry(const std::vector<std::string>& list, std::size_t index) {
    return list.size() == 1 ? list.front() : list.at(index);
}

struct Free {
    void operator()(PQconninfoOption* options) const noexcept { ::PQconninfoFree(options); }
    void operator()(char* text) const noexcept { ::PQfreemem(text); }
};

WireParameters set_of(const PQconninfoOption* options) {
    WireParameters given;
    for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
        if (option->val != nullptr && *option->val != '\0')
            given.emplace_back(option->keyword, option->val);
    }
    return given;
}

WireParameters read(const std::string& url) {
    // What libpq says about a URL quotes it, password and all.
    char* complaint = nullptr;
    const std::unique_ptr<PQconninfoOption, Free> options(::PQconninfoParse(url.c_str(), &complaint));
    const std::unique_ptr<char, Free> unread(complaint);
    if (!options)
        throw std::runtime_error("the PostgreSQL URL cannot be read: postgresql://user:password@host:port/database");
    return set_of(options.get());
}

std::string take(WireParameters& from, std::string_view keyword) {
    const auto found = std::ranges::find(from, keyword, &WireParameters::value_type::first);
    if (found == from.end())
        return {};
    std::string value = std::move(found->second);
    from.erase(found);
    return value;
}

}  // namespace

bool WireHost::needs_resolving() const {
    if (name.empty() || name.front() == '/' || name.front() == '@' || !address.empty())
        return false;
    boost::system::error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    return static_cast<bool>(no_address);
}

WireSettings::WireSettings(const std::string& url, Limits limits, const std::string& application_name)
    : common_(read(url)), connect_timeout_(limits.connect) {
    const std::vector<std::string> names = split(take(common_, "host"));
    const std::vector<std::string> addresses = split(take(common_, "hostaddr"));
    const std::vector<std::string> ports = split(take(common_, "port"));
    const std::size_t count = std::max(names.size(), addresses.size());
    for (const std::size_t size : {names.size(), addresses.size(), ports.size()}) {
        if (size != 1 && size != count)
            throw std::runtime_error("the PostgreSQL URL has not as many ports as hosts");
    }
    for (std::size_t index = 0; index < count; ++index)
        hosts_.push_back({entry(names, index), entry(addresses, index), entry(ports, index)});

    const std::string seconds = take(common_, "connect_timeout");
    int given = 0;
    std::from_chars(seconds.data(), seconds.data() + seconds.size(), given);
    if (given > 0)
        connect_timeout_ = std::chrono::seconds(given);

    if (!application_name.empty())
        take(common_, "application_name");
    add_default("target_session_attrs", "read-write");
    add_default("application_name", application_name.empty() ? "evergrant" : application_name);
    add_default("client_encoding", "UTF8");
    add_default("gssencmode", "disable");
    add_default("tcp_user_timeout", std::to_string(limits.answer.count()));
    add_default("keepalives", "1");
    add_default("keepalives_idle", "30");
    add_default("keepalives_interval", "10");
    add_default("keepalives_count", "3");
}

WireParameters WireSettings::parameters(const WireHost& host, const std::string& address) const {
    WireParameters all = common_;
    for (const auto& [keyword, value] :
         {std::pair<const char*, const std::string&>("host", host.name), {"hostaddr", address}, {"port", host.port}}) {
        if (!value.empty())
            all.emplace_back(keyword, value);
    }
    return all;
}

std::string WireSettings::describe(const WireHost& host) const {
    std::string text = host.name.empty() ? host.address : host.name;
    if (text.empty())
        text = "localhost";
    text.append(":").append(host.port.empty() ? "5432" : host.port);
    return text.append("/").append(value_of("dbname"));
}

std::string WireSettings::presentable(std::string text) const {
    while (text.ends_with('\n'))
        text.pop_back();
    std::ranges::replace(text, '\n', ' ');
    for (const char* const keyword : {"password", "sslpassword"}) {
        const std::string secret = value_of(keyword);
        for (std::size_t at = text.find(secret); !secret.empty() && at != std::string::npos; at = text.find(secret, at))
            text.replace(at, secret.size(), "*");
    }
    return text;
}

void WireSettings::add_default(const std::string& keyword, const std::string& value) {
    if (value_of(keyword).empty())
        common_.emplace_back(keyword, value);
}

std::string WireSettings::value_of(const std::string& keyword) const {
    const auto found = std::ranges::find(common_, keyword, &WireParameters::value_type::first);
    return found == common_.end() ? std::string() : found->second;
}

}  // namespace evergrant::storage::postgres

namespace evergrant::storage {

std::vector<std::pair<std::string, std::string>> postgres_certificate_files(const std::string& url) {
    postgres::WireParameters given = postgres::read(url);
    const std::unique_ptr<PQconninfoOption, postgres::Free> defaults(::PQconndefaults());
    postgres::WireParameters unset = defaults ? postgres::set_of(defaults.get()) : postgres::WireParameters();
    std::vector<std::pair<std::string, std::string>> files;
    for (const std::string keyword : {"sslrootcert", "sslcert"}) {
        std::string path = postgres::take(given, keyword);
        if (path.empty())
            path = postgres::take(unset, keyword);
        if (!path.empty() && path != "system")
            files.emplace_back(keyword, std::move(path));
    }
    return files;
}

}  // namespace evergrant::storage
