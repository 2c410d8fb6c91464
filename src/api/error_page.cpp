#include "api/error_page.h"

namespace evergrant::api {

namespace {

constexpr std::string_view style =
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:38rem;margin:12vh auto;padding:0 "
    "1rem}"
    "h1{font-size:1.4rem}small{opacity:.7}code{font-family:ui-monospace,monospace}"
    "button{font:inherit;padding:.6rem 1.2rem;cursor:pointer}dt{opacity:.7}dd{margin:0 0 .6rem}";

std::string_view advice(Errc code) {
    switch (code) {
        case Errc::invalid_state:
            return "The link may have been used already, or its time is over: ten minutes, once you have begun. Go "
                   "back "
                   "to where you began and connect again.";
        case Errc::authorization_denied:
            return "Nothing was connected. If you meant to allow access, go back and connect again.";
        case Errc::rate_limited: return "Wait a little and try again.";
        default: return "Go back and try again; if it happens again, tell the administrator the request number below.";
    }
}

}  // namespace

std::string html_escaped(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            case '\'': escaped += "&#39;"; break;
            default: escaped += c;
        }
    }
    return escaped;
}

net::Response page(unsigned status, std::string_view title, std::string_view body_html, Forms forms) {
    const std::string targets = forms == Forms::none ? "'none'" : "'self'";
    net::Response response;
    response.status = status;
    response.content_type = "text/html; charset=utf-8";
    response.headers.emplace_back("Content-Security-Policy",
                                  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action " +
                                      targets + "; frame-ancestors 'none'");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body =
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><title>" +
        html_escaped(title) + "</title><style>" + std::string(style) + "</style></head><body>" +
        std::string(body_html) + "</body></html>";
    return response;
}

net::Response error_page(const Error& error, std::string_view request_id) {
    const ErrorTraits traits = traits_of(error.code);
    const std::string body = "<main><h1>" + html_escaped(error.message) + "</h1><p>" + std::string(advice(error.code)) +
                             "</p><p><small>Error <code>" + std::string(traits.name) + "</code>, request <code>" +
                             html_escaped(request_id) + "</code></small></p></main>";
    net::Response response = page(traits.http_status, "Not connected", body);
    if (error.retry_after)
        response.headers.emplace_back("Retry-After", std::to_string(error.retry_after->count()));
    return response;
}

}  // namespace evergrant::api
