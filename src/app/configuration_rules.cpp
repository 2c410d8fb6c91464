//
// What must hold between settings, and what must be there before anything starts.
//
#include "app/alert_options.h"
#include "app/load_configuration.h"
#include "app/private_file.h"
#include "app/value_checks.h"

namespace evergrant::app {

namespace {

bool is_plain_http(std::string_view url) {
    return url.starts_with("http:");
}

class Rules {
public:
    explicit Rules(const LoadedConfiguration& loaded) : loaded_(loaded), settings_(loaded.configuration) {}

    std::vector<ConfigurationProblem> check() && {
        check_addresses();
        check_encryption();
        check_jwt();
        check_refresh();
        check_fleet();
        check_tls_client();
        check_alerts(settings_, [this](const auto& setting, const auto& predicate) { report(setting, predicate); });
        return std::move(problems_);
    }

private:
    void check_addresses() {
        if (is_plain_http(settings_.base_url) && !settings_.dev && !is_loopback_url(settings_.base_url))
            report("base_url", "must be https, unless its host is localhost or dev is on");
        const ListenAddress& metrics = settings_.metrics_listen;
        const bool is_fixed = metrics.port != 0 || !metrics.unix_path.empty();
        if (is_fixed && metrics.to_string() == settings_.listen.to_string())
            report("metrics_listen", "must not be the address of listen");
    }

    void check_encryption() {
        const bool is_given_twice = loaded_.origin_of("encryption.keys").layer != Origin::Layer::default_value &&
                                    !settings_.encryption.keys_file.empty();
        if (is_given_twice)
            report("encryption.keys_file",
                   "and encryption.keys are both set; keep one, so that it is plain which key encrypts");
        const EncryptionSettings& encryption = settings_.encryption;
        const bool another =
            loaded_.origin_of("encryption.keys").layer != Origin::Layer::default_value || !encryption.keys_file.empty();
        if (!encryption.keys_command.empty() && another)
            report("encryption.keys_command",
                   "and another source of keys are both set; keep one, so that it is plain which key encrypts");
    }

    void check_jwt() {
        const JwtSettings& jwt = settings_.jwt;
        const bool has_secret = !jwt.secret.empty();
        const bool has_jwks = !jwt.jwks_url.empty();
        if (has_secret && has_jwks)
            report("jwt.jwks_url", "and jwt.secret are both set; keep one");
        if (has_jwks && (jwt.issuer.empty() || jwt.audience.empty()))
            report("jwt.jwks_url", "needs jwt.issuer and jwt.audience, or any token of that issuer would be accepted");
        if (is_plain_http(jwt.jwks_url) && !(settings_.dev && is_loopback_url(jwt.jwks_url)))
            report("jwt.jwks_url", "must be https");
        for (const std::string name : {"jwt.issuer", "jwt.audience"}) {
            const bool is_set = !(name == "jwt.issuer" ? jwt.issuer : jwt.audience).empty();
            if (is_set && !has_secret && !has_jwks)
                report(name, "does nothing without jwt.secret or jwt.jwks_url");
        }
    }

    void check_refresh() {
        const RefreshSettings& refresh = settings_.refresh;
        if (refresh.lease < 2 * refresh.provider_timeout)
            report("refresh.lease_seconds", "must be at least twice refresh.provider_timeout_seconds, and is " +
                                                std::to_string(refresh.lease.count()) + " against " +
                                                std::to_string(refresh.provider_timeout.count()));
    }

    void check_tls_client() {
        const TlsClientSettings& client = settings_.tls_client;
        if (client.certificate.empty() != client.key.empty())
            report(client.key.empty() ? "tls_client.certificate" : "tls_client.key",
                   "does nothing alone: set tls_client.certificate and tls_client.key");
        if (!client.key.empty() && is_open_to_others(client.key))
            report("tls_client.key", "names a file that " + open_to_others(client.key));
        for (const auto& [name, file] :
             {std::pair("egress.ca_file", &settings_.egress.ca_file),
              std::pair("tls_client.certificate", &client.certificate), std::pair("tls_client.key", &client.key)}) {
            if (file->empty())
                continue;
            if (const auto text = read_file(*file); !text)
                report(name, text.error());
        }
    }

    void check_fleet() {
        const bool has_database = !settings_.database.url.empty();
        if (!settings_.redis.url.empty() && !has_database)
            report("redis.url",
                   "does nothing without database.url: one process with its data in its own folder shares nothing");
        if (!settings_.redis.password.empty() && settings_.redis.url.empty())
            report("redis.password", "does nothing without redis.url");
        if (!settings_.database.listen_url.empty() && !has_database)
            report("database.listen_url", "does nothing without database.url");
        const FleetSettings& fleet = settings_.fleet;
        if (fleet.trust_with_news < fleet.trust)
            report("fleet.trust_with_news_seconds", "must be at least fleet.trust_seconds, and is " +
                                                        std::to_string(fleet.trust_with_news.count()) + " against " +
                                                        std::to_string(fleet.trust.count()));
    }

    void report(const std::string& setting, const std::string& predicate) {
        problems_.push_back(problem_at(loaded_.origin_of(setting), setting, predicate));
    }

    const LoadedConfiguration& loaded_;
    const Configuration& settings_;
    std::vector<ConfigurationProblem> problems_;
};

}  // namespace

std::vector<ConfigurationProblem> contradictions(const LoadedConfiguration& loaded) {
    return Rules(loaded).check();
}

std::vector<std::string> missing_for_store(const Configuration& configuration) {
    if (!configuration.encryption.keys.empty())
        return {};
    return {
        "There is no encryption key. Set ENCRYPTION_KEY or encryption.keys_file (openssl rand -hex 32 makes a key) "
        "and keep it: without it nothing stored can be read again."};
}

}  // namespace evergrant::app
