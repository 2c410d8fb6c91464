#include "api/connect_pages.h"

#include "api/connect_assets.h"
#include "api/error_page.h"
#include "api/visitor_pages.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"

#include <algorithm>
#include <array>
#include <utility>

namespace evergrant::api {

namespace {

using broker::ConnectState;
using broker::ConnectView;

std::string element(std::string_view name, std::string_view attributes, std::string_view inner_html) {
    std::string html = "<" + std::string(name);
    if (!attributes.empty() && !attributes.starts_with(' '))
        html += ' ';
    html.append(attributes);
    return html.append(">").append(inner_html).append("</").append(name).append(">");
}

std::string attribute(std::string_view name, std::string_view value) {
    return " " + std::string(name) + "=\"" + html_escaped(value) + "\"";
}

/// An address that changes with what it leads to, so that browsers may keep it.
std::string versioned(std::string_view path, std::string_view content) {
    constexpr std::size_t digits = 12;
    return std::string(path) + "?v=" + crypto::to_hex(crypto::sha256(content)).substr(0, digits);
}

net::Response connect_page(unsigned status, std::string_view title, std::string_view main_html) {
    static const std::string style = versioned("/connect/connect.css", connect_css());
    static const std::string script = versioned("/connect/connect.js", connect_js());
    net::Response response;
    response.status = status;
    response.content_type = "text/html; charset=utf-8";
    response.headers.emplace_back("Content-Security-Policy",
                                  "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; "
                                  "form-action 'self'; frame-ancestors 'none'");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body =
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><title>" +
        html_escaped(title) + "</title><link rel=\"stylesheet\" href=\"" + style + "\"><script src=\"" + script +
        "\" defer></script></head><body>" + std::string(main_html) + "</body></html>";
    return response;
}

/// What the script tells the window that opened this one.
std::string main_of(const ConnectView& view, std::string_view inner_html) {
    const storage::ConnectSession& session = view.status.session;
    const std::string attributes = "class=\"card\"" + attribute("data-outcome", broker::name_of(view.status.state)) +
                                   attribute("data-provider", session.provider.str()) +
                                   attribute("data-integration", view.status.integration.str()) +
                                   attribute("data-error", session.error) +
                                   attribute("data-origin", session.return_origin);
    return element("main", attributes, inner_html);
}

/// Of a character of UTF-8: not its first byte.
bool goes_on(char byte) {
    constexpr unsigned mask = 0xC0U;
    constexpr unsigned continuation = 0x80U;
    return (static_cast<unsigned char>(byte) & mask) == continuation;
}

/// The first letters of the first two words.
std::string initials_of(std::string_view name) {
    constexpr std::size_t most = 2;
    std::string initials;
    bool at_start = true;
    std::size_t taken = 0;
    for (std::size_t at = 0; at < name.size() && taken < most; ++at) {
        if (name[at] == ' ') {
            at_start = true;
            continue;
        }
        if (!std::exchange(at_start, false))
            continue;
        std::size_t end = at + 1;
        while (end < name.size() && goes_on(name[end]))
            ++end;
        initials.append(name.substr(at, end - at));
        ++taken;
    }
    return initials;
}

/// A coloured tile in place of a picture: the same for a name everywhere.
std::string monogram(std::string_view name) {
    constexpr unsigned tones = 6;
    constexpr unsigned spread = 31;
    unsigned sum = 0;
    for (const char c : name)
        sum = sum * spread + static_cast<unsigned char>(c);
    return element("span", "class=\"monogram tone-" + std::to_string(sum % tones) + "\" aria-hidden=\"true\"",
                   html_escaped(initials_of(name)));
}

std::string host_of(std::string_view origin) {
    constexpr std::string_view before_host = "://";
    return std::string(origin.substr(origin.find(before_host) + before_host.size()));
}

std::string way_back(const ConnectView& view, std::string_view words, std::string_view classes) {
    const std::string& origin = view.status.session.return_origin;
    return element("a", "data-back class=\"" + std::string(classes) + "\"" + attribute("href", origin + "/"),
                   html_escaped(words));
}

std::string page_of_session(const ConnectView& view) {
    return "/connect/" + view.status.session.id;
}

/// Who asks for what: the tenant's tile and the provider's.
std::string pair_of(const ConnectView& view, const catalog::Provider& provider) {
    return element(
        "div", "class=\"pair\"",
        monogram(view.tenant_name) + "<span class=\"link\" aria-hidden=\"true\"></span>" + monogram(provider.name));
}

struct ScopeWords {
    std::string_view scope;
    std::string_view words;
};

/// Of OpenID Connect and SMART App Launch, the same everywhere.
constexpr std::array known_scopes{
    ScopeWords{"openid", "Know which account you connect"},
    ScopeWords{"profile", "See your name and picture"},
    ScopeWords{"email", "See your e-mail address"},
    ScopeWords{"phone", "See your telephone number"},
    ScopeWords{"address", "See your postal address"},
    ScopeWords{"offline_access", "Stay connected while you are away"},
    ScopeWords{"online_access", "Stay connected while you are signed in"},
    ScopeWords{"launch", "Know which record you have open"},
    ScopeWords{"launch/patient", "Know which patient you choose"},
    ScopeWords{"launch/encounter", "Know which visit you choose"},
    ScopeWords{"fhirUser", "Know who you are at the hospital"},
};

std::string scope_in_words(const catalog::Provider& provider, const std::string& scope) {
    const auto own = provider.scope_descriptions.find(scope);
    if (own != provider.scope_descriptions.end())
        return html_escaped(own->second);
    const auto known = std::ranges::find(known_scopes, scope, &ScopeWords::scope);
    if (known != known_scopes.end())
        return std::string(known->words);
    return element("code", "", html_escaped(scope));
}

std::string scopes_html(const ConnectView& view, const catalog::Provider& provider) {
    const std::vector<std::string>& asked =
        view.status.session.scopes.empty() ? provider.scopes : view.status.session.scopes;
    if (asked.empty())
        return "<p>What this app is registered for at " + html_escaped(provider.name) +
               ", which will show you before you agree.</p>";
    std::string items;
    for (const std::string& scope : asked)
        items += element("li", "", scope_in_words(provider, scope));
    return element("ul", "class=\"scopes\"", items);
}

std::string label_of(const catalog::ValueRule& rule) {
    return rule.label.empty() ? rule.name : rule.label;
}

std::string field_id(const catalog::ValueRule& rule) {
    return "field-" + rule.name;
}

const broker::ConnectProblem* problem_of(const ConnectForm& form, const catalog::ValueRule& rule) {
    const auto found = std::ranges::find(form.problems, rule.name, &broker::ConnectProblem::parameter);
    return found == form.problems.end() ? nullptr : &*found;
}

std::string shown_value(const ConnectForm& form, const catalog::ValueRule& rule) {
    const auto given = form.given.find(rule.name);
    if (given != form.given.end())
        return given->second;
    return rule.default_value.contains("${") ? std::string() : rule.default_value;
}

std::string select_of(const catalog::ValueRule& rule, const std::string& attributes, const std::string& value) {
    std::string options;
    if (rule.default_value.empty() || value.empty())
        options = "<option value=\"\">Choose …</option>";
    for (const std::string& allowed : rule.allowed)
        options += element("option", attribute("value", allowed) + (allowed == value ? " selected" : ""),
                           html_escaped(allowed));
    return element("select", attributes, options);
}

std::string field_of(const ConnectForm& form, const catalog::ValueRule& rule) {
    const std::string id = field_id(rule);
    const broker::ConnectProblem* problem = problem_of(form, rule);
    const bool needed = rule.required && rule.default_value.empty();
    std::string label = html_escaped(label_of(rule));
    if (!needed && rule.default_value.empty())
        label += " <span class=\"muted\">(optional)</span>";
    std::string html = element("label", attribute("for", id), label);
    std::string help = html_escaped(rule.description);
    if (!rule.example.empty() && rule.allowed.empty())
        help += " <span class=\"example\">Example: <code>" + html_escaped(rule.example) + "</code></span>";
    html += element("p", "class=\"help\" id=\"" + id + "-help\"", help);
    std::string described_by = id + "-help";
    if (problem != nullptr) {
        html += element("p", "class=\"wrong\" id=\"" + id + "-wrong\"",
                        "<span class=\"unseen\">Error: </span>" + html_escaped(problem->message));
        described_by += " " + id + "-wrong";
    }
    std::string attributes =
        attribute("id", id) + attribute("name", form_name_of(rule)) + attribute("aria-describedby", described_by);
    if (needed)
        attributes += " required";
    if (problem != nullptr)
        attributes += " aria-invalid=\"true\"";
    const std::string value = shown_value(form, rule);
    if (!rule.allowed.empty())
        html += select_of(rule, attributes, value);
    else
        html += "<input type=\"text\"" + attributes + attribute("value", value) +
                " maxlength=\"512\" autocomplete=\"off\" autocapitalize=\"none\" spellcheck=\"false\">";
    return element("div", problem != nullptr ? "class=\"field has-error\"" : "class=\"field\"", html);
}

/// Of what could not begin.
std::string_view words_for_beginning(std::string_view code) {
    constexpr std::array for_operators{std::string_view("invalid_request"), std::string_view("missing_app_credentials"),
                                       std::string_view("forbidden"), std::string_view("provider_misconfigured"),
                                       std::string_view("egress_denied")};
    if (std::ranges::find(for_operators, code) != for_operators.end())
        return "It is not set up in full here. Tell whoever sent you here: only they can change that.";
    return words_for_reason(code);
}

/// On top, and focused when the page opens: what is wrong, with a way to each.
std::string summary_of(const ConnectForm& form) {
    constexpr std::string_view attributes =
        "class=\"summary\" role=\"alert\" tabindex=\"-1\" autofocus aria-labelledby=\"summary-title\"";
    if (!form.failed.empty())
        return element("div", attributes,
                       "<h2 id=\"summary-title\">This could not begin</h2><p>" +
                           html_escaped(words_for_beginning(form.failed)) + "</p>");
    if (form.problems.empty())
        return {};
    std::string items;
    for (const catalog::ValueRule* rule : broker::asked_of_person(*form.provider))
        if (const broker::ConnectProblem* problem = problem_of(form, *rule))
            items += element("li", "",
                             element("a", attribute("href", "#" + field_id(*rule)),
                                     html_escaped(label_of(*rule) + ": " + problem->message)));
    return element("div", attributes,
                   "<h2 id=\"summary-title\">Please look at this again</h2>" + element("ul", "", items));
}

std::string fields_of(const ConnectForm& form) {
    std::string html;
    for (const catalog::ValueRule* rule : broker::asked_of_person(*form.provider))
        html += field_of(form, *rule);
    return html;
}

std::string mark(bool good) {
    return good ? "<span class=\"mark good\" aria-hidden=\"true\">✓</span>"
                : "<span class=\"mark bad\" aria-hidden=\"true\">!</span>";
}

}  // namespace

std::string form_name_of(const catalog::ValueRule& rule) {
    return "params." + rule.name;
}

net::Response choose_provider_page(const ConnectView& view) {
    std::string items;
    for (const catalog::Provider* provider : view.providers) {
        std::string words = element("span", "class=\"name\"", html_escaped(provider->name));
        if (!provider->description.empty())
            words += element("span", "class=\"muted\"", html_escaped(provider->description));
        const std::string href = page_of_session(view) + "?provider=" + provider->id.str();
        items += element("li", "",
                         element("a", "class=\"choice\"" + attribute("href", href),
                                 monogram(provider->name) + element("span", "class=\"words\"", words) +
                                     "<span class=\"arrow\" aria-hidden=\"true\">›</span>"));
    }
    const std::string tenant = html_escaped(view.tenant_name);
    return connect_page(200, "What do you want to connect? – " + view.tenant_name,
                        main_of(view, "<h1>What do you want to connect?</h1><p class=\"lead\"><strong>" +
                                          html_escaped(host_of(view.status.session.return_origin)) +
                                          "</strong> asks for a connection for <strong>" + tenant + "</strong>.</p>" +
                                          element("ul", "class=\"choices\"", items) +
                                          element("p", "class=\"actions\"", way_back(view, "Cancel", "quiet"))));
}

net::Response consent_page(const ConnectView& view, const ConnectForm& form) {
    const catalog::Provider& provider = *form.provider;
    const bool wrong = !form.problems.empty() || !form.failed.empty();
    const std::string name = html_escaped(provider.name);
    const std::string tenant = html_escaped(view.tenant_name);
    std::string html;
    if (view.providers.size() > 1)
        html +=
            element("p", "class=\"top\"",
                    element("a", attribute("href", page_of_session(view) + "?choose=1"), "‹ Choose something else"));
    html += pair_of(view, provider);
    html += "<h1>Connect " + name + "</h1><p class=\"lead\">You connect your account at <strong>" + name +
            "</strong> for <strong>" + tenant + "</strong>, because <strong>" +
            html_escaped(host_of(view.status.session.return_origin)) + "</strong> asks for it.</p>" + summary_of(form);
    html += "<form method=\"post\" novalidate" + attribute("action", page_of_session(view)) +
            "><input type=\"hidden\"" + attribute("name", "provider") + attribute("value", provider.id.str()) + ">" +
            fields_of(form) + "<section aria-labelledby=\"scopes-title\"><h2 id=\"scopes-title\">What it may do</h2>" +
            scopes_html(view, provider) + "</section><p class=\"muted\">You sign in at " + name +
            " itself: your password is not seen here. You can take this back there at any time.</p>"
            "<p class=\"actions\"><button>Continue to " +
            name + "</button>" + way_back(view, "Cancel", "quiet") + "</p></form>";
    return connect_page(wrong ? 400 : 200,
                        (wrong ? "Error: " : "") + ("Connect " + provider.name + " – " + view.tenant_name),
                        main_of(view, html));
}

net::Response on_to_provider_page(const catalog::Provider& provider, std::string_view url) {
    const std::string title = "On to " + provider.name;
    net::Response response =
        connect_page(200, title,
                     element("main", "class=\"card centred\"",
                             monogram(provider.name) + "<h1>" + html_escaped(title) +
                                 " …</h1><p>If nothing happens: <a" + attribute("href", url) + ">go on</a>.</p>"));
    response.headers.emplace_back("Refresh", "0; url=" + std::string(url));
    return response;
}

net::Response connect_done_page(const ConnectView& view) {
    const storage::ConnectSession& session = view.status.session;
    const auto found =
        std::ranges::find(view.providers, session.provider, [](const catalog::Provider* one) { return one->id; });
    const std::string provider = found == view.providers.end() ? session.provider.str() : (*found)->name;
    const std::string back = "Back to " + host_of(session.return_origin);
    if (view.status.state == ConnectState::connected)
        return connect_page(
            200, "Connected – " + provider,
            main_of(view, mark(true) + "<h1>Connected</h1><p class=\"lead\"><strong>" + html_escaped(provider) +
                              "</strong> is connected for <strong>" + html_escaped(view.tenant_name) +
                              "</strong>. You may close this page.</p>" +
                              element("p", "class=\"actions\"", way_back(view, back, "button"))));
    std::string ways;
    if (view.may_begin) {
        const std::string again = page_of_session(view) + "?provider=" + session.provider.str();
        ways += element("a", "class=\"button\"" + attribute("href", again), "Try again");
    }
    ways += way_back(view, back, view.may_begin ? "quiet" : "button");
    if (view.may_begin && view.providers.size() > 1)
        ways += element("a", "class=\"quiet\"" + attribute("href", page_of_session(view)), "Choose something else");
    return connect_page(
        200, "Not connected – " + provider,
        main_of(view, mark(false) + "<h1>Not connected</h1><p class=\"lead\"><strong>" + html_escaped(provider) +
                          "</strong> is not connected for <strong>" + html_escaped(view.tenant_name) +
                          "</strong>.</p><p>" + html_escaped(words_for_reason(session.error)) + "</p>" +
                          element("p", "class=\"actions\"", ways) + "<p class=\"muted small\">Error <code>" +
                          html_escaped(session.error) + "</code></p>"));
}

net::Response connect_error_page(const Error& error, std::string_view request_id) {
    const ErrorTraits traits = traits_of(error.code);
    net::Response response = connect_page(
        traits.http_status, "This cannot go on",
        element("main", "class=\"card\"",
                mark(false) + "<h1>This cannot go on</h1><p class=\"lead\">" + html_escaped(error.message) +
                    "</p><p>Go back to the app that sent you here and begin again. Nothing was changed.</p>"
                    "<p class=\"muted small\">Error <code>" +
                    std::string(traits.name) + "</code>, request <code>" + html_escaped(request_id) + "</code></p>"));
    if (error.retry_after)
        response.headers.emplace_back("Retry-After", std::to_string(error.retry_after->count()));
    return response;
}

}  // namespace evergrant::api
