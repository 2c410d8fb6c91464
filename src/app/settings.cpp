//
// The table of all settings. To add one: a field in configuration.h, a row here, a row in docs/configuration.md (the
// test prints it), and the place that acts on it.
//
#include "app/alert_settings.h"
#include "app/setting.h"
#include "app/value_kinds.h"

#include <algorithm>
#include <array>

namespace evergrant::app {

namespace {

// In the order of the enumerators they stand for.
constexpr std::array<std::string_view, 5> log_levels{"trace", "debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 3> audit_calls{"none", "writes", "all"};
constexpr std::array<std::string_view, 3> redirect_uris{"shared", "per_provider", "per_context"};

std::vector<Setting> address_settings() {
    return {
        {.name = "listen",
         .also = {"PORT"},
         .flag = "--listen",
         .default_value = "127.0.0.1:3000",
         .meaning = "Where the server listens. A port alone keeps the host; port 0 takes any free one and prints it. "
                    "unix:PATH is a Unix socket, for a sidecar on this machine.",
         .kind = listen_address([](auto& c) -> auto& { return c.listen; })},
        {.name = "metrics_listen",
         .flag = "--metrics-listen",
         .meaning = "A second address that serves /metrics without credentials. Not set: /metrics asks for a key.",
         .kind = listen_address([](auto& c) -> auto& { return c.metrics_listen; })},
        {.name = "metrics_tenants",
         .default_value = "0",
         .meaning =
             "How many tenants stand in labels of evergrant_tenant_events_total; the others are counted together. 0: "
             "no metric names a tenant.",
         .kind = whole_number([](auto& c) -> auto& { return c.metrics_tenants; }, {0, 10'000})},
        {.name = "base_url",
         .also = {"BASE_URL", "WEBHOOK_BASE_URL"},
         .meaning = "This server as browsers reach it: redirect URIs begin with it. Not set: http://localhost:<port>.",
         .kind = url([](auto& c) -> auto& { return c.base_url; })},
        {.name = "frontend_url",
         .also = {"FRONTEND_URL"},
         .meaning =
             "The console that people are sent back to after an authorization, and that alerts lead to. Not set: "
             "pages of this server's own.",
         .kind = url([](auto& c) -> auto& { return c.frontend_url; })},
        {.name = "trusted_proxies",
         .meaning =
             "Proxies whose X-Forwarded-* headers are believed; unix: who comes by a Unix socket. Not set: none.",
         .kind = proxies([](auto& c) -> auto& { return c.trusted_proxies; })},
    };
}

std::vector<Setting> process_settings() {
    return {
        {.name = "data",
         .flag = "--data",
         .default_value = "./data",
         .meaning =
             "The folder of the embedded store; with database.url, of the rescue journal alone. Made if missing, "
             "readable by its owner only.",
         .kind = path([](auto& c) -> auto& { return c.data; }, "a folder")},
        {.name = "catalog",
         .flag = "--catalog",
         .meaning =
             "Folders with provider files of your own; a file with a built-in provider's id replaces that provider.",
         .kind = paths([](auto& c) -> auto& { return c.catalog; }, "folders")},
        {.name = "threads",
         .default_value = "0",
         .meaning = "How many threads serve requests; 0: one for each core.",
         .kind = whole_number([](auto& c) -> auto& { return c.threads; }, {0, 256})},
        {.name = "dev",
         .flag = "--dev",
         .default_value = "false",
         .meaning = "For development: allows providers at http:// and loopback addresses, and cookies without TLS.",
         .kind = on_or_off([](auto& c) -> auto& { return c.dev; })},
        {.name = "log.level",
         .also = {"LOG_LEVEL"},
         .flag = "--log-level",
         .default_value = "info",
         .meaning = "The lowest level that is logged.",
         .kind = choice([](auto& c) -> auto& { return c.log_level; }, log_levels)},
    };
}

std::vector<Setting> secret_settings() {
    return {
        {.name = "encryption.keys",
         .also = {"ENCRYPTION_KEY"},
         .meaning = "The master keys that everything stored is sealed under. The first encrypts, all decrypt. "
                    "Keep them: without them nothing stored can be read again.",
         .kind = encryption_keys([](auto& c) -> auto& { return c.encryption.keys; })},
        {.name = "encryption.keys_file",
         .also = {"ENCRYPTION_KEY_FILE"},
         .meaning = "A file with the master keys instead, one a line, readable by its owner only.",
         .kind = path([](auto& c) -> auto& { return c.encryption.keys_file; }, "a file")},
        {.name = "encryption.keys_command",
         .also = {"ENCRYPTION_KEY_COMMAND"},
         .meaning = "A program with its arguments that prints the master keys instead, one a line: any KMS's own "
                    "client. No shell reads it; quotes hold words together. It has 10 seconds.",
         .kind = text([](auto& c) -> auto& { return c.encryption.keys_command; }, "a program and its arguments")},
        {.name = "jwt.secret",
         .also = {"JWT_SECRET"},
         .meaning = "Verifies callers' JWTs by HS256. Neither this nor jwt.jwks_url set: API keys alone are accepted.",
         .kind = signing_secret([](auto& c) -> auto& { return c.jwt.secret; })},
        {.name = "jwt.jwks_url",
         .meaning = "Verifies callers' JWTs by the keys found there instead. Needs jwt.issuer and jwt.audience.",
         .kind = url([](auto& c) -> auto& { return c.jwt.jwks_url; })},
        {.name = "jwt.issuer",
         .meaning = "What a JWT's iss must be. Not set: not checked.",
         .kind = text([](auto& c) -> auto& { return c.jwt.issuer; }, "text")},
        {.name = "jwt.audience",
         .meaning = "What a JWT's aud must hold. Not set: not checked.",
         .kind = text([](auto& c) -> auto& { return c.jwt.audience; }, "text")},
    };
}

std::vector<Setting> fleet_settings() {
    return {
        {.name = "database.url",
         .also = {"DATABASE_URL"},
         .meaning =
             "Keeps everything in PostgreSQL instead of the data folder, so that any number of replicas can run. "
             "As libpq reads it: several hosts, sslmode and sslrootcert are its parameters.",
         .kind = database_url([](auto& c) -> auto& { return c.database.url; })},
        {.name = "database.listen_url",
         .meaning = "The database without the pooler, if database.url leads to one. Used only without Redis: replicas "
                    "then hear of each other by LISTEN, which poolers in transaction mode do not carry. Not set: "
                    "database.url.",
         .kind = database_url([](auto& c) -> auto& { return c.database.listen_url; })},
        {.name = "database.connections",
         .default_value = "8",
         .meaning = "How many connections to the database each thread has at most.",
         .kind = whole_number([](auto& c) -> auto& { return c.database.connections; }, {1, 1000})},
        {.name = "database.timeout_seconds",
         .default_value = "5",
         .meaning = "How long the database may take to answer. What arrives there later is refused by it.",
         .kind = seconds([](auto& c) -> auto& { return c.database.timeout; }, {1, 60})},
        {.name = "redis.url",
         .also = {"REDIS_URL"},
         .meaning = "A Redis or Valkey that replicas share copies, counts and news in: rediss:// for TLS, "
                    "redis+sentinel://host,host/master and redis+cluster://host,host for several servers. Needs "
                    "database.url.",
         .kind = redis_url([](auto& c) -> auto& { return c.redis.url; })},
        {.name = "redis.password",
         .also = {"REDIS_PASSWORD"},
         .meaning = "Its password, if the URL holds none.",
         .kind = password([](auto& c) -> auto& { return c.redis.password; })},
        {.name = "redis.ca_file",
         .meaning = "The certificates that its own is verified by. Not set: the system's.",
         .kind = path([](auto& c) -> auto& { return c.redis.ca_file; }, "a file")},
        {.name = "fleet.trust_seconds",
         .default_value = "10",
         .meaning = "How long a replica serves a token without asking the database whether another has withdrawn it, "
                    "while it hears no news of the others.",
         .kind = seconds([](auto& c) -> auto& { return c.fleet.trust; }, {1, 3600})},
        {.name = "fleet.trust_with_news_seconds",
         .default_value = "60",
         .meaning = "The same while it does hear them. At least fleet.trust_seconds.",
         .kind = seconds([](auto& c) -> auto& { return c.fleet.trust_with_news; }, {1, 3600})},
    };
}

std::vector<Setting> oauth_settings() {
    return {
        {.name = "oauth.redirect_uri",
         .default_value = "shared",
         .meaning =
             "Whether all providers share one redirect URI, each has its own, or each tenant at each provider has.",
         .kind = choice([](auto& c) -> auto& { return c.oauth.redirect_uri; }, redirect_uris)},
        {.name = "oauth.confirm_unbound",
         .default_value = "false",
         .meaning = "Whether a person must say yes before an authorization goes on that was begun by an admin's own "
                    "link: that may be opened in any browser.",
         .kind = on_or_off([](auto& c) -> auto& { return c.oauth.confirm_unbound; })},
        {.name = "oauth.redirect_origins",
         .meaning = "Origins that redirectTo may lead to, besides frontend_url's.",
         .kind = origins([](auto& c) -> auto& { return c.oauth.redirect_origins; })},
    };
}

std::vector<Setting> egress_settings() {
    return {
        {.name = "egress.allow",
         .meaning = "Providers in private networks that may be called all the same, by https. Never this machine, "
                    "link-local addresses or a cloud's metadata.",
         .kind = private_targets([](auto& c) -> auto& { return c.egress.allow; })},
        {.name = "egress.ca_file",
         .meaning = "The certificates that providers' own are verified by, such as a hospital's; they alone are "
                    "trusted then. Not set: the system's.",
         .kind = path([](auto& c) -> auto& { return c.egress.ca_file; }, "a file")},
        {.name = "tls_client.certificate",
         .meaning = "The certificate, with its chain, that is shown to providers whose client_auth is tls_client_auth. "
                    "Read for every connection that is opened. Needs tls_client.key.",
         .kind = path([](auto& c) -> auto& { return c.tls_client.certificate; }, "a file")},
        {.name = "tls_client.key",
         .meaning = "The private key of that certificate, readable by its owner only.",
         .kind = path([](auto& c) -> auto& { return c.tls_client.key; }, "a file")},
        {.name = "proxy.url",
         .meaning = "The proxy through which providers are called, perhaps with user name and password. Not set: none; "
                    "HTTPS_PROXY and its like are not read.",
         .kind = proxy([](auto& c) -> auto& { return c.egress.proxy; })},
        {.name = "proxy.no_proxy",
         .meaning = "Hosts that are called without the proxy, with all their subdomains.",
         .kind = hosts([](auto& c) -> auto& { return c.egress.no_proxy; })},
    };
}

std::vector<Setting> refresh_settings() {
    return {
        {.name = "refresh.margin_seconds",
         .default_value = "300",
         .meaning = "A token is renewed this long before it expires, or at a quarter of its life if that is less.",
         .kind = seconds([](auto& c) -> auto& { return c.refresh.margin; }, {1, 86'400})},
        {.name = "refresh.provider_timeout_seconds",
         .default_value = "20",
         .meaning = "How long a provider may take to answer.",
         .kind = seconds([](auto& c) -> auto& { return c.refresh.provider_timeout; }, {1, 30})},
        {.name = "refresh.lease_seconds",
         .default_value = "60",
         .meaning = "How long a refresh keeps others from the same connection if its process dies. "
                    "At least twice refresh.provider_timeout_seconds.",
         .kind = seconds([](auto& c) -> auto& { return c.refresh.lease; }, {2, 3600})},
        {.name = "refresh.ahead",
         .default_value = "true",
         .meaning =
             "Whether tokens are renewed before anyone asks. Off: only when they are read, so that unused refresh "
             "tokens die where a provider lets them.",
         .kind = on_or_off([](auto& c) -> auto& { return c.refresh.ahead; })},
        {.name = "refresh.concurrency",
         .default_value = "64",
         .meaning = "How many refreshes ahead of use are under way at once.",
         .kind = whole_number([](auto& c) -> auto& { return c.refresh.concurrency; }, {1, 10'000})},
    };
}

std::vector<Setting> limit_settings() {
    return {
        {.name = "limits.key_requests_per_second",
         .default_value = "10000",
         .meaning =
             "How often one API key may ask, on average; 0: no limit. More is answered by 429. A batch of tokens "
             "counts as its size.",
         .kind = whole_number([](auto& c) -> auto& { return c.limits.key_requests_per_second; }, {0, 10'000'000})},
        {.name = "limits.address_requests_per_second",
         .default_value = "50",
         .meaning = "How often one address may ask without good credentials, on average; 0: no limit.",
         .kind = whole_number([](auto& c) -> auto& { return c.limits.address_requests_per_second; }, {0, 1'000'000})},
        {.name = "limits.requests_in_flight",
         .default_value = "1024",
         .meaning =
             "How many requests each thread has under way, besides those answered at once. More is answered by 503.",
         .kind = whole_number([](auto& c) -> auto& { return c.limits.requests_in_flight; }, {1, 100'000})},
    };
}

std::vector<Setting> health_settings() {
    return {
        {.name = "health.check_minutes",
         .default_value = "30",
         .meaning = "How often a connection is probed by the cheap read that its provider's entry names; 0: never. "
                    "What expiry alone can tell is always seen to.",
         .kind = whole_number([](auto& c) -> auto& { return c.health.check_minutes; }, {0, 10'080})},
    };
}

std::vector<Setting> audit_settings() {
    return {
        {.name = "audit.required",
         .default_value = "false",
         .meaning = "Whether no token is handed out while the audit log cannot be written: reads then answer 503.",
         .kind = on_or_off([](auto& c) -> auto& { return c.audit.required; })},
        {.name = "audit.keep_days",
         .default_value = "400",
         .meaning = "How long audit events are kept; 0: for ever.",
         .kind = whole_number([](auto& c) -> auto& { return c.audit.keep_days; }, {0, 36'500})},
        {.name = "audit.window_seconds",
         .default_value = "5",
         .meaning = "Reads of one connection by one key from one address are counted together for so long, and become "
                    "one event. The most that a crash can lose of them.",
         .kind = seconds([](auto& c) -> auto& { return c.audit.window; }, {1, 60})},
        {.name = "audit.calls",
         .default_value = "writes",
         .meaning = "Which calls of providers' APIs, by proxy and connectors, become audit events, besides those that "
                    "are refused: none, writes (all but GET, HEAD and OPTIONS), or all.",
         .kind = choice([](auto& c) -> auto& { return c.audit.calls; }, audit_calls)},
    };
}

std::vector<Setting> call_settings() {
    return {
        {.name = "calls.timeout_seconds",
         .default_value = "60",
         .meaning = "How long a proxied call goes on while the provider neither sends nor takes anything.",
         .kind = seconds([](auto& c) -> auto& { return c.calls.timeout; }, {1, 600})},
        {.name = "calls.longest_seconds",
         .default_value = "3600",
         .meaning = "How long a proxied call may last in all, however much is sent.",
         .kind = seconds([](auto& c) -> auto& { return c.calls.longest; }, {1, 86'400})},
    };
}

std::vector<Setting> make_table() {
    std::vector<Setting> table;
    for (auto make :
         {address_settings, process_settings, secret_settings, fleet_settings, oauth_settings, egress_settings,
          refresh_settings, limit_settings, health_settings, alert_settings, audit_settings, call_settings})
        std::ranges::move(make(), std::back_inserter(table));
    return table;
}

}  // namespace

std::span<const Setting> settings() {
    static const std::vector<Setting> table = make_table();
    return table;
}

}  // namespace evergrant::app
