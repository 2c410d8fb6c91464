#pragma once
//
// WireSettings: a libpq URL taken apart, with the defaults of the house. Hosts are tried one by one by wire_connect.h
// and not by libpq, whose asynchronous interface leaves a host that does not answer to its caller.
//
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace evergrant::storage::postgres {

using WireParameters = std::vector<std::pair<std::string, std::string>>;  ///< libpq's keywords and values

struct WireHost {
    std::string name;     ///< a name, an address or the folder of a Unix socket; empty: libpq's default
    std::string address;  ///< the operator's hostaddr; empty: `name` is resolved
    std::string port;     ///< empty: libpq's default

    /// Whether connecting begins with a look-up.
    [[nodiscard]] bool needs_resolving() const;
};

class WireSettings {
public:
    struct Limits {
        std::chrono::milliseconds connect{5'000};  ///< one attempt, over all hosts; the URL's connect_timeout wins
        std::chrono::milliseconds answer{5'000};   ///< how long sent bytes may stay unacknowledged
    };

    /// Takes a URL (or libpq's `keyword=value` form) apart. `application_name`: in place of the URL's and of the
    /// default, `evergrant`. Throws std::runtime_error if the URL cannot be read; the message holds nothing of it.
    WireSettings(const std::string& url, Limits limits, const std::string& application_name = {});

    [[nodiscard]] const std::vector<WireHost>& hosts() const noexcept { return hosts_; }
    [[nodiscard]] std::chrono::milliseconds connect_timeout() const noexcept { return connect_timeout_; }

    /// What libpq is given to connect to one host at one address (empty for a Unix socket).
    [[nodiscard]] WireParameters parameters(const WireHost& host, const std::string& address) const;

    /// `host:port/database`, for people.
    [[nodiscard]] std::string describe(const WireHost& host) const;

    /// What libpq says of a failure, on one line and without the password.
    [[nodiscard]] std::string presentable(std::string text) const;

private:
    void add_default(const std::string& keyword, const std::string& value);
    [[nodiscard]] std::string value_of(const std::string& keyword) const;

    std::vector<WireHost> hosts_;
    WireParameters common_;
    std::chrono::milliseconds connect_timeout_;
};

}  // namespace evergrant::storage::postgres
