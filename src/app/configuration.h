#pragma once
//
// Configuration: every setting of the server as a typed value. What a setting is called, what it may be and what it is
// by default stands in settings.cpp; load_configuration.h fills this struct. Nothing here has a default of its own.
//
#include "app/environment.h"
#include "base/error.h"
#include "base/secret.h"
#include "broker/redirects.h"
#include "connectors/audit_calls.h"
#include "health/alert_routing.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace evergrant::app {

/// An address to listen on. An empty host: do not listen.
struct ListenAddress {
    std::string host;         ///< an address or a name of this machine, IPv6 without brackets
    std::uint16_t port{0};    ///< 0: any free one
    std::string unix_path{};  ///< not empty: a Unix socket there, and the two above say nothing

    /// `127.0.0.1:3000`, `[::1]:3000`, `unix:/run/evergrant.sock`, or empty.
    [[nodiscard]] std::string to_string() const;
};

struct EncryptionSettings {
    std::vector<SecretString> keys;   ///< 64 hex digits each; the first encrypts, all decrypt
    std::filesystem::path keys_file;  ///< where `keys` were read from; empty: not from a file that was named
    std::string keys_command;         ///< what printed `keys`; empty: nothing did
};

/// Where everything is kept. Without a URL: in the embedded store.
struct DatabaseSettings {
    SecretString url;                ///< of PostgreSQL, as libpq reads it
    SecretString listen_url;         ///< for news between replicas; empty: `url`
    std::size_t connections{};       ///< for each thread
    std::chrono::seconds timeout{};  ///< of one request to the database
};

/// The shared cache. Without a URL: none.
struct RedisSettings {
    SecretString url;
    SecretString password;          ///< empty: the URL's
    std::filesystem::path ca_file;  ///< empty: the system's
};

/// How replicas of one database hold together.
struct FleetSettings {
    std::chrono::seconds trust{};            ///< without news
    std::chrono::seconds trust_with_news{};  ///< at least `trust`
};

/// With neither a secret nor a JWKS URL no JWT is accepted.
struct JwtSettings {
    SecretString secret;  ///< HS256; at least 32 bytes
    std::string jwks_url;
    std::string issuer;    ///< empty: not checked
    std::string audience;  ///< empty: not checked
};

struct OAuthSettings {
    broker::RedirectUriMode redirect_uri{};
    bool confirm_unbound{false};                ///< BrokerOptions'
    std::vector<std::string> redirect_origins;  ///< where `redirectTo` may lead, besides the frontend's origin
};

/// How providers are reached.
struct EgressSettings {
    std::vector<std::string> allow;     ///< hosts and networks that may be called although they are private
    SecretString proxy;                 ///< a URL, perhaps with credentials; empty: none
    std::vector<std::string> no_proxy;  ///< hosts that are called without it
    std::filesystem::path ca_file;      ///< the only roots that are trusted; empty: the system's
};

/// What we show providers that know us by tls_client_auth. Both or none.
struct TlsClientSettings {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

struct RefreshSettings {
    std::chrono::seconds margin{};
    std::chrono::seconds provider_timeout{};
    std::chrono::seconds lease{};  ///< at least twice provider_timeout
    bool ahead{};
    std::size_t concurrency{};
};

struct LimitSettings {
    unsigned key_requests_per_second{};      ///< 0: no limit
    unsigned address_requests_per_second{};  ///< 0: no limit
    std::size_t requests_in_flight{};        ///< for each thread
};

struct HealthSettings {
    unsigned check_minutes{};  ///< 0: no probes
};

/// Who hears of what, and how. A channel whose settings are empty is not there.
struct AlertSettings {
    unsigned throttle_minutes{};
    unsigned settle_seconds{};
    unsigned evaluate_seconds{};
    unsigned failing_after_minutes{};
    unsigned provider_connections{};
    std::vector<health::AlertRoute> routes;
    SecretString slack_webhook_url;
    std::string webhook_url;
    SecretString webhook_secret;
    SecretString pagerduty_routing_key;
    std::string pagerduty_url;
    SecretString smtp_url;
    std::string smtp_from;
    bool smtp_require_tls{};
    std::filesystem::path smtp_ca_file;  ///< empty: the system's
    bool email_enabled{};
    std::vector<std::string> email_recipients;
    bool sms_enabled{};
    std::vector<std::string> sms_recipients;
    std::string twilio_account_sid;
    SecretString twilio_auth_token;
    std::string twilio_from_number;
    std::string twilio_url;
    SecretString sms_gateway_url;
    std::string sms_gateway_body;
    SecretString sms_gateway_authorization;
};

/// What the audit log keeps, and what it stops.
struct AuditSettings {
    bool required{};                 ///< no token is handed out while events cannot be written
    std::size_t keep_days{};         ///< 0: for ever
    std::chrono::seconds window{};   ///< within which vends are counted together
    connectors::AuditCalls calls{};  ///< of providers' APIs
};

/// Calls of providers' APIs.
struct CallSettings {
    std::chrono::seconds timeout{};  ///< for a provider that sends or takes nothing
    std::chrono::seconds longest{};  ///< a proxied call
};

struct Configuration {
    ListenAddress listen;
    ListenAddress metrics_listen;
    std::size_t metrics_tenants{};  ///< that stand in labels; 0: none
    unsigned threads{};             ///< 0: one for each core
    std::filesystem::path data;
    std::vector<std::filesystem::path> catalog;  ///< folders, besides the built-in catalogue
    bool dev{};
    std::string base_url;      ///< without a slash at the end; empty: see public_url
    std::string frontend_url;  ///< without a slash at the end; empty: as public_url
    std::vector<std::string> trusted_proxies;
    LogLevel log_level{};
    EncryptionSettings encryption;
    DatabaseSettings database;
    RedisSettings redis;
    FleetSettings fleet;
    JwtSettings jwt;
    OAuthSettings oauth;
    EgressSettings egress;
    TlsClientSettings tls_client;
    RefreshSettings refresh;
    LimitSettings limits;
    HealthSettings health;
    AlertSettings alerts;
    AuditSettings audit;
    CallSettings calls;

    /// The environment less what was read as a setting: app credentials and keys of providers (provider_environment.h).
    Environment environment;
};

/// How browsers reach this server: base_url, or `http://localhost:<port>` if that is not set. `port` is the one that is
/// listened on.
[[nodiscard]] std::string public_url(const Configuration& configuration, std::uint16_t port);

}  // namespace evergrant::app
