//
// What templates of an entry may refer to, and what a rule must keep out so that a URL stays the URL it looks like.
// The last word is spoken when a URL is made, by Template::expand_url; this tells the author before.
//
#include "base/nearest.h"
#include "catalog/provider_keys.h"
#include "catalog/url_rule.h"

#include <algorithm>
#include <array>
#include <utility>

namespace evergrant::catalog {

namespace {

enum class MayUse : std::uint8_t { parameters, derived_too, metadata_too };

struct Use {
    std::string_view key;
    const Template& text;
    MayUse may_use;
};

class TemplateChecker {
public:
    TemplateChecker(ProblemList& problems, const YamlNode& root, const Provider& provider)
        : problems_(problems), root_(root), provider_(provider) {}

    void check_references(const Use& use) {
        const std::vector<std::string_view> known = known_parameters(use.may_use);
        for (const std::string& name : use.text.parameters()) {
            if (std::ranges::find(known, name) == known.end())
                report(use.key, "uses ${params." + name + "}, which \"parameters\" does not declare" +
                                    did_you_mean(name, known));
        }
        const std::vector<std::string_view> fields = known_metadata();
        for (const std::string& name : use.text.metadata()) {
            if (use.may_use != MayUse::metadata_too)
                report(use.key, "may not use metadata: only \"api_base_url\" may");
            else if (std::ranges::find(fields, name) == fields.end())
                report(use.key, "uses ${metadata." + name + "}, which \"metadata\" does not declare" +
                                    did_you_mean(name, fields));
        }
    }

    void check_url(std::string_view key, const std::optional<Template>& url, MayUse may_use) {
        if (!url)
            return;
        check_references({key, *url, may_use});
        const std::string leading = url->leading_reference();
        check_leading(key, leading);
        if (may_use != MayUse::metadata_too)
            check_who_gives(key, leading);
        for (const std::string& name : url->parameters()) {
            if ("params." + name != leading)
                check_inner(key, "params." + name);
        }
        for (const std::string& name : url->metadata()) {
            if ("metadata." + name != leading)
                check_inner(key, "metadata." + name);
        }
        check_sample(key, *url, leading);
    }

private:
    void report(std::string_view key, const std::string& message) {
        problems_.report(line_for(root_, key), "\"" + std::string(key) + "\" " + message);
    }

    std::vector<std::string_view> known_parameters(MayUse may_use) const {
        std::vector<std::string_view> names;
        for (const ValueRule& rule : provider_.parameters)
            names.emplace_back(rule.name);
        for (const DerivedParameter& derived : provider_.derived_parameters) {
            if (may_use != MayUse::parameters)
                names.emplace_back(derived.name);
        }
        return names;
    }

    std::vector<std::string_view> known_metadata() const {
        std::vector<std::string_view> names;
        for (const ValueRule& rule : provider_.metadata)
            names.emplace_back(rule.name);
        return names;
    }

    const ValueRule* rule_of(std::string_view reference) const {
        const bool is_parameter = reference.starts_with("params.");
        const auto& rules = is_parameter ? provider_.parameters : provider_.metadata;
        const std::string_view name = reference.substr(reference.find('.') + 1);
        const auto found = std::ranges::find(rules, name, &ValueRule::name);
        return found == rules.end() ? nullptr : &*found;
    }

    /// The values that a reference can have, as far as they are listed.
    std::vector<std::string> listed_values(std::string_view reference) const {
        if (const ValueRule* rule = rule_of(reference))
            return rule->allowed;
        std::vector<std::string> values;
        for (const DerivedParameter& derived : provider_.derived_parameters) {
            if (reference != "params." + derived.name)
                continue;
            for (const auto& [from, value] : derived.values)
                values.push_back(value);
        }
        return values;
    }

    /// A value at the beginning of a URL decides where a secret is sent.
    void check_leading(std::string_view key, std::string_view reference) {
        static constexpr std::array<std::string_view, 3> probes{"http://example.com", "http://example.com/",
                                                                "ftp://example.com/"};
        if (reference.empty())
            return;
        for (const std::string& value : listed_values(reference)) {
            if (const auto checked = check_catalogue_url(value); !checked)
                report(key, "can begin with \"" + value + "\", which " + checked.error().message);
        }
        report_admitted(key, reference, probes, "it must admit https URLs alone");
    }

    static bool is_free_for_a_person(const ValueRule& rule) {
        return rule.asked_of == AskedOf::person && rule.allowed.empty();
    }

    /// The parameter that `rule` begins with by default.
    const ValueRule* default_of(const ValueRule& rule) const {
        const auto text = Template::parse(rule.default_value);
        const std::string leading = text ? text->leading_reference() : std::string();
        return leading.empty() ? nullptr : rule_of(leading);
    }

    /// Where a person chose the server freely, that server would be sent our client's secret.
    void check_who_gives(std::string_view key, std::string_view leading) {
        const ValueRule* rule = leading.empty() ? nullptr : rule_of(leading);
        for (std::size_t step = 0; rule != nullptr && step < provider_.parameters.size(); ++step) {
            if (is_free_for_a_person(*rule)) {
                report(key, "begins with \"" + rule->name +
                                "\", which is asked of a person: whoever gives it would choose where the client's "
                                "secret is sent");
                return;
            }
            rule = default_of(*rule);
        }
    }

    void check_inner(std::string_view key, std::string_view reference) {
        static constexpr std::array<std::string_view, 6> probes{"a/b", "a@b", "a?b", "a#b", "a:1", "a\\b"};
        const Parameters no_values;
        for (const std::string& value : listed_values(reference)) {
            if (value.find_first_of("/@?#:\\% ") != std::string::npos)
                report(key, "can hold \"" + value + "\", which does not fit into a URL at its place");
        }
        report_admitted(key, reference, probes, "it must keep to letters, digits, \".\", \"_\", \"~\" and \"-\"");
    }

    void report_admitted(std::string_view key, std::string_view reference, std::span<const std::string_view> probes,
                         std::string_view demand) {
        const ValueRule* rule = rule_of(reference);
        if (rule == nullptr || !rule->compiled)
            return;
        const auto admitted =
            std::ranges::find_if(probes, [&](std::string_view probe) { return rule->compiled->matches(probe); });
        if (admitted != probes.end())
            report(key, "depends on \"" + rule->name + "\", whose pattern admits \"" + std::string(*admitted) +
                            "\": " + std::string(demand));
    }

    /// The URL with harmless values in place of its references.
    void check_sample(std::string_view key, const Template& url, std::string_view leading) {
        Parameters params;
        Parameters metadata;
        for (const std::string& name : url.parameters())
            params[name] = "params." + name == leading ? "https://example.com" : "x";
        for (const std::string& name : url.metadata())
            metadata[name] = "metadata." + name == leading ? "https://example.com" : "x";
        const auto sample = url.expand({params, metadata});
        const auto checked = check_catalogue_url(sample.value());
        if (!checked)
            report(key, checked.error().message);
    }

    ProblemList& problems_;
    const YamlNode& root_;
    const Provider& provider_;
};

void check_callback(ProblemList& problems, const YamlNode& root, const Provider& provider) {
    std::vector<std::string_view> known;
    for (const ValueRule& rule : provider.parameters)
        known.emplace_back(rule.name);
    for (const auto& [name, parameter] : provider.callback.parameters) {
        if (std::ranges::find(known, parameter) != known.end())
            continue;
        std::string message = "\"callback\" puts \"";
        message.append(name).append("\" into \"").append(parameter);
        message.append("\", which \"parameters\" does not declare").append(did_you_mean(parameter, known));
        problems.report(line_for(root, "callback"), std::move(message));
    }
}

}  // namespace

void check_templates(ProblemList& problems, const YamlNode& root, const Provider& provider) {
    TemplateChecker checker(problems, root, provider);
    checker.check_url("issuer", provider.issuer, MayUse::derived_too);
    checker.check_url("authorization_url", provider.authorization_url, MayUse::derived_too);
    checker.check_url("token_url", provider.token_url, MayUse::derived_too);
    checker.check_url("revocation_url", provider.revocation_url, MayUse::derived_too);
    checker.check_url("jwks_url", provider.jwks_url, MayUse::derived_too);
    checker.check_url("api_base_url", provider.api_base_url, MayUse::metadata_too);
    for (const auto& [name, text] : provider.authorization_params)
        checker.check_references({"authorization_params", text, MayUse::parameters});
    for (const auto& [name, text] : provider.token_params)
        checker.check_references({"token_params", text, MayUse::parameters});
    for (const auto& [name, text] : provider.callback.must_equal)
        checker.check_references({"callback", text, MayUse::parameters});
    const auto check_optional = [&checker](std::string_view key, const std::optional<Template>& text) {
        if (text)
            checker.check_references({key, *text, MayUse::derived_too});
    };
    check_optional("assertion_algorithm", provider.assertion_algorithm);
    check_optional("assertion_key", provider.assertion_key);
    check_optional("jwt_bearer", provider.jwt_bearer.subject);
    check_optional("jwt_bearer", provider.jwt_bearer.audience);
    if (!provider.client_auth_parameter.empty()) {
        if (const auto text = Template::parse("${params." + provider.client_auth_parameter + "}"))
            checker.check_references({"client_auth", *text, MayUse::parameters});
    }
    check_callback(problems, root, provider);
}

}  // namespace evergrant::catalog
