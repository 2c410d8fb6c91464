#include "catalog/crm_api.h"
#include "catalog/node_reader.h"
#include "catalog/provider.h"
#include "catalog/provider_keys.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace evergrant::catalog {

namespace {

constexpr std::array paging_choices{
    Choice<CrmPaging>{"none", CrmPaging::none},
    Choice<CrmPaging>{"cursor", CrmPaging::cursor},
    Choice<CrmPaging>{"page", CrmPaging::page},
    Choice<CrmPaging>{"link", CrmPaging::link},
};

constexpr std::array error_choices{
    Choice<Errc>{"not_found", Errc::not_found},       Choice<Errc>{"invalid_request", Errc::invalid_request},
    Choice<Errc>{"conflict", Errc::conflict},         Choice<Errc>{"forbidden", Errc::forbidden},
    Choice<Errc>{"rate_limited", Errc::rate_limited}, Choice<Errc>{"provider_error", Errc::provider_error},
};

bool is_pointer(std::string_view text) {
    if (text.empty())
        return true;
    const bool escapes = [&] {
        for (std::size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1))
            if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1'))
                return false;
        return true;
    }();
    return text.starts_with('/') && escapes;
}

template <std::string CrmApi::* Member>
void into_pointer(ProblemList& problems, const YamlNode& node, CrmApi& api) {
    if (node.kind == YamlNode::Kind::scalar && node.text.empty()) {
        (api.*Member).clear();
        return;
    }
    const auto text = read_text(problems, node);
    if (text && !is_pointer(*text))
        problems.report(node.line, "\"" + node.key + "\" must be a JSON pointer, such as /data, or \"\"");
    else if (text)
        api.*Member = *text;
}

template <std::map<std::string, std::string> CrmApi::* Member, const auto& Names>
void into_pointers(ProblemList& problems, const YamlNode& node, CrmApi& api) {
    auto read = read_text_map(problems, node);
    if (!read)
        return;
    for (const YamlNode& child : node.children) {
        if (std::ranges::find(Names(), child.key) == Names().end())
            report_unknown_key(problems, child, node, Names());
        else if (read->contains(child.key) && !is_pointer(child.text))
            problems.report(child.line, "\"" + child.key + "\" must be a JSON pointer, such as /email");
    }
    api.*Member = std::move(*read);
}

/// The names in braces, or nothing if braces do not match.
std::optional<std::vector<std::string>> values_in(std::string_view target) {
    std::vector<std::string> names;
    while (true) {
        const std::size_t open = target.find_first_of("{}");
        if (open == std::string_view::npos)
            return names;
        const std::size_t close = target.find_first_of("{}", open + 1);
        if (target[open] == '}' || close == std::string_view::npos || target[close] == '{')
            return std::nullopt;
        names.emplace_back(target.substr(open + 1, close - open - 1));
        target.remove_prefix(close + 1);
    }
}

bool is_target(std::string_view target) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/?&=%:@!$'()*+,;{}";
    const std::string_view path = target.substr(0, target.find('?'));
    return target.starts_with('/') && !target.starts_with("//") && !path.contains("/..") && !path.contains("/./") &&
           target.find_first_not_of(allowed) == std::string_view::npos;
}

void read_operation(ProblemList& problems, const YamlNode& node, const CrmOperationRule& rule, CrmApi& api) {
    const auto text = read_text(problems, node);
    if (!text)
        return;
    const std::size_t space = text->find(' ');
    CrmOperation operation{.method = text->substr(0, space),
                           .target = space == std::string::npos ? "" : text->substr(space + 1)};
    const std::string name = "\"" + node.key + "\"";
    if (std::ranges::find(rule.methods, operation.method) == rule.methods.end()) {
        report_bad_choice(problems, node, operation.method, rule.methods);
        return;
    }
    const auto values = values_in(operation.target);
    if (!values || !is_target(operation.target)) {
        problems.report(node.line, name + " must be a method and a path, such as GET /customers/{id}");
        return;
    }
    for (const std::string& value : *values) {
        if (std::ranges::find(rule.values, value) != rule.values.end())
            continue;
        std::string sentence = name;
        problems.report(node.line, sentence.append(" has no value {").append(value).append("}"));
    }
    api.operations.insert_or_assign(node.key, std::move(operation));
}

void read_operations(ProblemList& problems, const YamlNode& node, CrmApi& api) {
    if (!is_mapping(problems, node))
        return;
    std::vector<std::string_view> names;
    for (const CrmOperationRule& rule : crm_operations())
        names.push_back(rule.name);
    for (const YamlNode& child : node.children) {
        const auto rule = std::ranges::find(crm_operations(), child.key, &CrmOperationRule::name);
        if (rule == crm_operations().end())
            report_unknown_key(problems, child, node, names);
        else
            read_operation(problems, child, *rule, api);
    }
}

void read_crm_errors(ProblemList& problems, const YamlNode& node, CrmApi& api) {
    constexpr unsigned first_status = 300;
    constexpr unsigned last_status = 599;
    if (!is_mapping(problems, node))
        return;
    for (const YamlNode& child : node.children) {
        unsigned status = 0;
        const char* const last = child.key.data() + child.key.size();
        const auto [end, error] = std::from_chars(child.key.data(), last, status);
        if (error != std::errc() || end != last || status < first_status || status > last_status)
            problems.report(child.line, "a key of \"errors\" must be a status from 300 to 599");
        else if (const auto meaning = read_choice(problems, child, error_choices))
            api.errors[status] = *meaning;
    }
}

constexpr std::array crm_api_keys{
    Key<CrmApi>{"operations", read_operations},
    Key<CrmApi>{"paging", into_choice<&CrmApi::paging, paging_choices>},
    Key<CrmApi>{"next_cursor", into_pointer<&CrmApi::next_cursor>},
    Key<CrmApi>{"list", into_pointer<&CrmApi::list>},
    Key<CrmApi>{"record", into_pointer<&CrmApi::record>},
    Key<CrmApi>{"interactions", into_pointer<&CrmApi::interactions>},
    Key<CrmApi>{"call_id", into_pointer<&CrmApi::call_id>},
    Key<CrmApi>{"fields", into_pointers<&CrmApi::fields, crm_fields>},
    Key<CrmApi>{"call_fields", into_pointers<&CrmApi::call_fields, crm_call_fields>},
    Key<CrmApi>{"interaction_fields", into_pointers<&CrmApi::interaction_fields, crm_interaction_fields>},
    Key<CrmApi>{"errors", read_crm_errors},
};

}  // namespace

void read_crm_api(ProblemList& problems, const YamlNode& node, Provider& provider) {
    provider.crm_api = CrmApi();
    read_mapping(problems, node, crm_api_keys, *provider.crm_api);
    if (node.kind != YamlNode::Kind::mapping)
        return;
    if (!provider.crm_api->fields.contains("id"))
        problems.report(node.line, "\"crm_api\" lacks \"id\" among its \"fields\"");
    if (provider.crm_api->paging == CrmPaging::cursor && node.find("next_cursor") == nullptr)
        problems.report(node.line, "\"crm_api\" lacks \"next_cursor\", which paging by cursor needs");
}

std::vector<std::string_view> crm_api_key_names() {
    return names_of(crm_api_keys);
}

}  // namespace evergrant::catalog
