#include "api/visitor_pages.h"

#include "api/error_page.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace evergrant::api {

namespace {

using broker::AuthorizationQuestion;
using broker::Renewal;
using broker::RenewalState;

struct Reason {
    std::string_view code;  ///< as Authorizer::finish puts it into the query
    std::string_view words;
};

constexpr std::array reasons{
    Reason{"provider_error",
           "The provider did not accept the authorization. Connect again; if it happens again, the "
           "provider's settings of this app are to be looked at."},
    Reason{"authorization_denied",
           "The provider did not grant access: somebody declined, or the account may not allow it. If you meant to "
           "allow it, connect again."},
    Reason{"provider_timeout", "The provider did not answer in time. Wait a little and connect again."},
    Reason{"provider_unreachable", "The provider could not be reached. Wait a little and connect again."},
    Reason{"provider_misconfigured",
           "The provider refuses this app's credentials. An administrator must correct them before you connect again."},
    Reason{"missing_app_credentials",
           "This app has no credentials at the provider any more. An administrator must give them first."},
    Reason{"tenant_not_found", "The customer was removed meanwhile. Nothing was kept."},
    Reason{"authorization_denied", "The answer was no. Nothing was changed."},
    Reason{"conflict", "Something was changed during the authorization. Connect again."},
    Reason{"invalid_state", "The provider's answer was not whole. Go back to where you began and connect again."},
    Reason{"invalid_request", "The provider's answer holds something that is not allowed here. Tell an administrator."},
    Reason{"store_unavailable", "The connection could not be kept just now. Wait a little and connect again."},
    Reason{"rate_limited", "Too many requests. Wait a little and connect again."},
};

constexpr std::string_view other_reason =
    "Go back to where you began and connect again; if it happens again, tell an "
    "administrator: the server's log says why.";

const Reason* known(std::string_view code) {
    const auto found = std::ranges::find(reasons, code, &Reason::code);
    return found == reasons.end() ? nullptr : &*found;
}

std::string paragraph(std::string_view text) {
    return "<p>" + html_escaped(text) + "</p>";
}

std::string heading(std::string_view text) {
    return "<h1>" + html_escaped(text) + "</h1>";
}

net::Response plain_page(std::string_view title, std::string_view words) {
    return page(200, title, "<main>" + heading(title) + paragraph(words) + "</main>");
}

net::Response json_of(const boost::json::object& body) {
    net::Response response = net::json_response(200, boost::json::serialize(body));
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

std::string words_of(const Renewal& renewal) {
    switch (renewal.state) {
        case RenewalState::gone: return "It was removed. Connect it anew if it is still wanted.";
        case RenewalState::dead: return "It works no more: the provider takes no further refresh of it.";
        case RenewalState::failing: return "It could not be refreshed the last time. That may pass by itself.";
        case RenewalState::ending:
            return "It ends on " + to_iso8601(*renewal.ends).substr(0, std::string_view("2026-12-10").size()) + ".";
        case RenewalState::fine: return "It works. There is nothing to be done.";
    }
    std::unreachable();
}

std::string row(std::string_view name, std::string_view value) {
    return "<dt>" + html_escaped(name) + "</dt><dd>" + html_escaped(value) + "</dd>";
}

/// As people know each other; the issuer's own name for a person comes last.
std::string words_of(const oauth::Identity& identity) {
    std::string words = identity.name;
    for (const std::string& more : {identity.email, identity.subject + " at " + identity.issuer})
        if (!more.empty())
            words += (words.empty() ? "" : ", ") + more;
    return words;
}

std::string answer_form(const AuthorizationQuestion& question, std::string_view answer, std::string_view label) {
    return "<form method=\"post\" action=\"" + html_escaped(question.answer_url) + std::string(answer) + "\"><button>" +
           html_escaped(label) + "</button></form>";
}

boost::json::object describe(const Renewal& renewal) {
    boost::json::object body;
    body["tenant"] = renewal.subject.key.tenant.str();
    body["provider"] = renewal.subject.provider.str();
    body["integrationId"] = renewal.subject.key.integration.str();
    body["status"] = broker::name_of(renewal.state);
    body["needed"] = renewal.is_needed();
    return body;
}

}  // namespace

bool prefers_json(const net::Request& request) {
    const std::string_view accepted = request.header("accept");
    return accepted.contains("application/json") && !accepted.contains("text/html");
}

std::string_view words_for_reason(std::string_view code) {
    const Reason* reason = known(code);
    return reason != nullptr ? reason->words : other_reason;
}

net::Response front_page(bool as_json) {
    if (as_json)
        return json_of(
            {{"server", "evergrant"}, {"contract", "/openapi.json"}, {"docs", "/docs"}, {"live", "/healthz"}});
    return page(200, "Evergrant",
                "<main><h1>Evergrant</h1><p>This server holds OAuth grants and keeps them evergreen.</p>"
                "<p><a href=\"/docs\">Its HTTP API</a> · <a href=\"/healthz\">whether it lives</a></p></main>");
}

net::Response outcome_page(const OutcomeTold& told, const catalog::Catalog& catalog, bool as_json) {
    const auto provider = ProviderId::parse(told.provider);
    const catalog::Provider* found = provider ? catalog.find(*provider) : nullptr;
    const Reason* reason = known(told.reason);
    const bool connected = told.oauth == "success";
    const bool failed = told.oauth == "error";
    const std::string_view words = words_for_reason(told.reason);
    if (as_json) {
        boost::json::object body;
        body["oauth"] = connected ? "success" : failed ? "error" : "unknown";
        if (connected && found != nullptr)
            body["provider"] = found->id.str();
        if (failed)
            body["reason"] = reason != nullptr ? reason->code : "other";
        if (failed)
            body["message"] = words;
        return json_of(body);
    }
    if (connected)
        return plain_page("Connected", (found != nullptr ? found->name + " is connected." : "It is done.") +
                                           " You may close this page.");
    if (failed)
        return plain_page("Not connected", words);
    return plain_page("Nothing to see here",
                      "This is where an authorization ends. To connect something, begin where you were asked to.");
}

net::Response renewal_page(const Renewal& renewal, bool as_json) {
    if (as_json)
        return json_of(describe(renewal));
    const std::string title =
        renewal.is_needed() ? "Connect " + renewal.provider_name + " again" : "Nothing to be done";
    std::string body = "<main>" + heading(title) + "<dl>" + row("Customer", renewal.subject.key.tenant.str()) +
                       row("Provider", renewal.provider_name) +
                       row("Connection", renewal.subject.key.integration.str()) + row("State", words_of(renewal)) +
                       "</dl>";
    if (renewal.is_needed())
        body +=
            "<p>You will be asked to sign in at the provider, with the account that this customer uses there.</p>"
            "<form method=\"post\" action=\"\"><button>Connect again</button></form>";
    return page(200, title, body + "</main>", Forms::to_this_server);
}

net::Response question_page(const AuthorizationQuestion& question) {
    const bool another_person = question.granted_before.has_value();
    const std::string title = another_person ? "Another person connects " + question.provider_name
                                             : "Connect " + question.provider_name + "?";
    std::string facts = row("Customer", question.key.tenant.str()) + row("Provider", question.provider_name) +
                        row("Connection", question.key.integration.str());
    std::string_view words =
        "Somebody began this at another place. Go on only if you were asked to connect this customer, and have signed "
        "in at the provider with the account that the customer uses there.";
    if (another_person) {
        facts += row("Granted until now by", words_of(*question.granted_before));
        if (question.granted_now)
            facts += row("Would be granted by", words_of(*question.granted_now));
        words = "What this connection reads and writes would be another person's from now on.";
    }
    return page(200, title,
                "<main>" + heading(title) + "<dl>" + facts + "</dl>" + paragraph(words) +
                    answer_form(question, "yes", "Yes, go on") + answer_form(question, "no", "No, change nothing") +
                    "</main>",
                Forms::to_this_server);
}

net::Response way_on(const std::string& location, bool as_json) {
    if (as_json)
        return json_of({{"location", location}});
    net::Response response = page(
        200, "Done",
        "<main><h1>Done</h1><p>If nothing happens: <a href=\"" + html_escaped(location) + "\">go on</a>.</p></main>");
    response.headers.emplace_back("Refresh", "0; url=" + location);
    return response;
}

net::Response way_to_provider(const Renewal& renewal, const broker::AuthorizationStarted& started, bool as_json) {
    if (as_json) {
        boost::json::object body = describe(renewal);
        body["authorizationUrl"] = started.url;
        body["expiresAt"] = to_iso8601(started.expires_at);
        return json_of(body);
    }
    const std::string title = "On to " + renewal.provider_name;
    net::Response response = page(200, title,
                                  "<main>" + heading(title) + "<p>If nothing happens: <a href=\"" +
                                      html_escaped(started.url) + "\">go on</a>.</p></main>");
    response.headers.emplace_back("Refresh", "0; url=" + started.url);
    return response;
}

}  // namespace evergrant::api
