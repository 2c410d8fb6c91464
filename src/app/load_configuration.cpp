#include "app/load_configuration.h"

#include "app/command_output.h"
#include "app/configuration_file.h"
#include "app/known_names.h"
#include "app/private_file.h"
#include "app/value_checks.h"

#include <algorithm>
#include <ranges>

namespace evergrant::app {

namespace {

using Layer = Origin::Layer;

constexpr std::chrono::seconds time_of_a_command{10};

class Loader {
public:
    explicit Loader(const ConfigurationSources& sources) : sources_(sources) {
        loaded_.origins.resize(settings().size());
    }

    LoadedConfiguration load() && {
        apply_defaults();
        apply_file();
        apply_environment();
        apply_flags();
        read_keys();
        std::ranges::move(contradictions(loaded_), std::back_inserter(loaded_.problems));
        warn();
        return std::move(loaded_);
    }

private:
    void apply(const Setting& setting, const Items& items, const Origin& origin) {
        if (const Checked checked = setting.kind.set(loaded_.configuration, items); !checked) {
            loaded_.problems.push_back(problem_at(origin, std::string(setting.name), checked.error()));
            return;
        }
        loaded_.origins[static_cast<std::size_t>(&setting - settings().data())] = origin;
    }

    void apply_defaults() {
        for (const Setting& setting : settings()) {
            if (!setting.default_value.empty())
                apply(setting, items_of(setting, setting.default_value), Origin{});
        }
    }

    void apply_file() {
        const auto file = file_to_read();
        if (!file)
            return;
        ConfigurationFile found = read_configuration_file(*file);
        for (const FileSetting& entry : found.settings)
            apply(*entry.setting, entry.items, entry.origin);
        std::ranges::move(found.problems, std::back_inserter(loaded_.problems));
    }

    std::optional<std::filesystem::path> file_to_read() const {
        if (sources_.file)
            return sources_.file;
        if (const auto named = value_of(sources_.environment, "EVERGRANT_CONFIG"); !named.empty())
            return named;
        std::error_code error;
        if (std::filesystem::exists(sources_.usual_file, error))
            return sources_.usual_file;
        return std::nullopt;
    }

    void apply_environment() {
        loaded_.configuration.environment = sources_.environment;
        for (const Setting& setting : settings()) {
            const auto names = environment_names(setting);
            // The weakest first, so that PORT can complete what EVERGRANT_LISTEN then replaces.
            for (const std::string& name : names | std::views::reverse) {
                loaded_.configuration.environment.erase(name);
                const auto value = value_of(sources_.environment, name);
                if (!value.empty())
                    apply(setting, items_of(setting, value), Origin{Layer::environment, name});
            }
        }
    }

    void apply_flags() {
        for (const FlagSetting& given : sources_.flags) {
            const auto setting = std::ranges::find(settings(), given.flag, &Setting::flag);
            if (setting != settings().end())
                apply(*setting, given.items, Origin{Layer::flag, given.flag});
        }
    }

    /// From where the first of these says: given, a file, a command, a systemd credential.
    void read_keys() {
        const EncryptionSettings& encryption = loaded_.configuration.encryption;
        if (!encryption.keys.empty())
            return;
        if (!encryption.keys_file.empty())
            return read_keys_file(encryption.keys_file);
        if (!encryption.keys_command.empty())
            return run_keys_command(encryption.keys_command);
        const std::string credentials(value_of(sources_.environment, "CREDENTIALS_DIRECTORY"));
        std::error_code error;
        const std::filesystem::path credential = std::filesystem::path(credentials) / "encryption_key";
        if (!credentials.empty() && std::filesystem::exists(credential, error))
            read_keys_file(credential);
    }

    void read_keys_file(const std::filesystem::path& path) {
        const std::string file = path.string();
        const auto text = read_file(path);
        if (!text)
            return report(file, "the file " + text.error() + ".");
        if (is_open_to_others(path))
            report(file, "the file " + open_to_others(path) + ".");
        take_keys(file, *text);
    }

    void run_keys_command(const std::string& command) {
        constexpr const char* where = "encryption.keys_command";
        const auto text = output_of_command(command, time_of_a_command);
        if (!text)
            return report(where, "the command " + text.error() + ".");
        take_keys(where, std::string(text->reveal()));
    }

    void take_keys(const std::string& file, const std::string& text) {
        const Items keys = keys_in(file, text);
        if (keys.empty())
            report(file, "holds no usable key (openssl rand -hex 32 makes one).");
        else
            apply(*find_setting("encryption.keys"), keys, Origin{});
    }

    /// The good keys of the file; the others are reported.
    Items keys_in(const std::string& file, const std::string& text) {
        Items keys;
        std::size_t number = 0;
        for (const auto line : std::views::split(text, '\n')) {
            ++number;
            const std::string key =
                items_of(*find_setting("encryption.keys_file"), std::string_view(line.begin(), line.end())).front();
            if (key.empty() || key.starts_with('#'))
                continue;
            if (const auto parsed = parse_encryption_key(key); parsed)
                keys.push_back(key);
            else
                report(file + ":" + std::to_string(number), "the key " + parsed.error() + ".");
        }
        return keys;
    }

    void warn() {
        const Environment& environment = sources_.environment;
        for (std::string& sentence : unknown_names(environment))
            loaded_.warnings.push_back(std::move(sentence));
        const auto base_url = value_of(environment, "BASE_URL");
        const auto webhook_base_url = value_of(environment, "WEBHOOK_BASE_URL");
        if (!base_url.empty() && !webhook_base_url.empty() && base_url != webhook_base_url)
            loaded_.warnings.emplace_back("the variables BASE_URL and WEBHOOK_BASE_URL differ; BASE_URL is used.");
    }

    void report(std::string where, std::string message) {
        loaded_.problems.push_back({std::move(where), std::move(message)});
    }

    const ConfigurationSources& sources_;
    LoadedConfiguration loaded_;
};

}  // namespace

const Origin& LoadedConfiguration::origin_of(std::string_view setting) const {
    return origins.at(static_cast<std::size_t>(find_setting(setting) - settings().data()));
}

LoadedConfiguration load_configuration(const ConfigurationSources& sources) {
    return Loader(sources).load();
}

}  // namespace evergrant::app
