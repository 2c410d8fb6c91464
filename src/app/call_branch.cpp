#include "app/command_branches.h"
#include "app/option_kinds.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace evergrant::app {

namespace {

bool is_letter(char sign) noexcept {
    return (sign >= 'A' && sign <= 'Z') || (sign >= 'a' && sign <= 'z');
}

/// What RFC 9110 lets a header's name consist of.
bool is_token_sign(char sign) noexcept {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~0123456789";
    return is_letter(sign) || others.find(sign) != std::string_view::npos;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_token_sign);
}

bool is_path_sign(char sign) noexcept {
    return sign > ' ' && sign < '\x7f' && sign != '#' && sign != '\\';
}

bool is_control_sign(char sign) noexcept {
    return (sign >= '\0' && sign < ' ' && sign != '\t') || sign == '\x7f';
}

char in_lower_case(char sign) noexcept {
    return sign >= 'A' && sign <= 'Z' ? static_cast<char>(sign - 'A' + 'a') : sign;
}

char in_capitals(char sign) noexcept {
    return sign >= 'a' && sign <= 'z' ? static_cast<char>(sign - 'a' + 'A') : sign;
}

std::string keep_method(std::string& method, const std::string& value) {
    constexpr std::size_t longest = 20;
    if (value.empty() || value.size() > longest || !std::ranges::all_of(value, is_letter))
        return "\"" + value + "\" is no method such as GET";
    method = value;
    std::ranges::transform(method, method.begin(), in_capitals);
    return "";
}

/// `.` or `..`, also with dots as %2e: an HTTP client would take them for steps out of the API.
bool is_step(std::string_view segment) {
    std::size_t dots = 0;
    while (!segment.empty()) {
        const std::string_view coded = segment.substr(0, 3);
        const bool encoded = coded == "%2e" || coded == "%2E";
        if (!encoded && segment.front() != '.')
            return false;
        segment.remove_prefix(encoded ? coded.size() : 1);
        dots++;
    }
    return dots == 1 || dots == 2;
}

bool has_steps(std::string_view path) {
    path = path.substr(0, path.find('?'));
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view segment = path.substr(0, path.find('/'));
        if (is_step(segment))
            return true;
        path.remove_prefix(segment.size());
    }
    return false;
}

std::string keep_path(std::string& path, const std::string& value) {
    if (!value.starts_with('/'))
        return "must begin with a slash, as /crm/v3/Leads, and is \"" + value + "\"";
    if (!std::ranges::all_of(value, is_path_sign))
        return "must be percent-encoded: no spaces, no #, nothing but ASCII";
    if (has_steps(value))
        return "must hold no . and .. as parts";
    path = value;
    return "";
}

std::string keep_header(net::Headers& headers, const std::string& value) {
    const auto colon = value.find(':');
    const std::string name = value.substr(0, colon);
    if (colon == std::string::npos || !is_token(name))
        return "\"" + value + "\" is not Name: value";
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(), in_lower_case);
    if (lower == "authorization")
        return "Authorization is put in by the server";
    const auto begin = value.find_first_not_of(' ', colon + 1);
    const std::string content = begin == std::string::npos ? std::string() : value.substr(begin);
    if (std::ranges::any_of(content, is_control_sign))
        return "must be one line without control characters";
    headers.emplace_back(std::move(lower), content);
    return "";
}

}  // namespace

void add_call(CLI::App& root, Draft& draft) {
    ApiCall& call = draft.call;
    CLI::App& command = add_command(root, "call", "Call a provider's API with a connection's token", draft,
                                    [&draft] { return Command(std::move(draft.call)); });
    command.footer(
        "The server makes the call and puts the token in. What the API answers is printed as it is, also when it is\n"
        "an error: then the exit status is not 0. With --data the content type is application/json, unless a --header\n"
        "says another.\n\n"
        "Examples:\n"
        "  evergrant call acme zoho_crm GET '/crm/v3/Leads?fields=Last_Name'\n"
        "  evergrant call acme hubspot POST /crm/v3/objects/contacts --data @contact.json\n"
        "  evergrant call acme salesforce GET /services/data/v57.0/limits --retries 3 --max-wait 30");
    add_id<TenantId>(command, "tenant", "TENANT", "whose", [&call](TenantId id) {
        call.tenant = std::move(id);
    })->required();
    add_id<IntegrationId>(command, "integration", "INTEGRATION",
                          "which connection; the provider's id unless it was named",
                          [&call](IntegrationId id) { call.integration = std::move(id); })
        ->required();
    add_value(command, "method", "METHOD", "GET, POST and so on", [&call](const std::string& value) {
        return keep_method(call.method, value);
    })->required();
    add_value(command, "path", "PATH", "at the provider, with its query; begins with a slash",
              [&call](const std::string& value) { return keep_path(call.path, value); })
        ->required();
    add_value(command, "--data", "TEXT", "the body; @FILE reads a file, - the standard input",
              [&call](const std::string& value) -> std::string {
                  call.data = value;
                  return "";
              });
    repeatable(add_value(command, "--header", "'NAME: VALUE'", "a header of the call; repeatable",
                         [&call](const std::string& value) { return keep_header(call.headers, value); }));
    command.add_flag("--include", call.include, "print status and headers before the body");
    add_number(command, "--retries", "COUNT", "how often to try again what may be repeated; default: not at all",
               [&call](std::uint32_t value) { call.retries = value; });
    add_number(command, "--max-wait", "SECONDS", "how long to wait for a busy provider altogether",
               [&call](std::uint32_t value) { call.max_wait = std::chrono::seconds(value); });
    add_server(command, call.server);
}

}  // namespace evergrant::app
