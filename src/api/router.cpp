#include "api/router.h"

#include "api/handlers.h"

#include <array>

namespace evergrant::api {

namespace {

using net::Method;

constexpr std::array table{
    Route{Method::get, "/api/oauth/authorize/:clientId", Access::admin, authorize_by_admin, "authorization.begin"},
    Route{Method::post, "/api/oauth/authorize", Access::app, authorize, "authorization.begin"},
    Route{Method::post, "/api/oauth/client-credentials", Access::app, obtain_by_client_credentials,
          "connection.obtain"},
    Route{Method::post, "/api/oauth/jwt-bearer", Access::app, obtain_by_jwt_bearer, "connection.obtain"},
    Route{Method::get, "/api/oauth/start/:ticket", Access::anyone, open_ticket, "authorization.open"},
    Route{Method::get, "/api/oauth/callback", Access::anyone, finish_authorization},
    Route{Method::get, "/api/oauth/callback/:provider", Access::anyone, finish_authorization},
    Route{Method::get, "/api/oauth/callback/:provider/:clientId", Access::anyone, finish_authorization},
    Route{Method::post, "/api/oauth/confirm/:handle/:answer", Access::anyone, answer_question},
    Route{Method::get, "/api/oauth/renew/:link", Access::anyone, show_renewal},
    Route{Method::post, "/api/oauth/renew/:link", Access::anyone, begin_renewal, "authorization.begin"},
    Route{Method::post, "/api/connect/sessions", Access::app, create_connect_session, "connect_session.create"},
    Route{Method::get, "/api/connect/sessions/:session", Access::app, show_connect_session},
    Route{Method::get, "/connect/connect.css", Access::anyone, connect_style},
    Route{Method::get, "/connect/connect.js", Access::anyone, connect_script},
    Route{Method::get, "/connect/:session", Access::anyone, open_connect_page},
    Route{Method::post, "/connect/:session", Access::anyone, submit_connect_page, "authorization.begin"},
    Route{Method::get, "/connect/:session/done", Access::anyone, end_connect_page},
    Route{Method::get, "/admin/clients/:tenant", Access::anyone, authorization_outcome},
    Route{Method::get, "/api/oauth/status/:clientId", Access::auditor, connection_status},
    Route{Method::post, "/api/oauth/reauthorize/:clientId", Access::admin, reauthorize, "connection.reauthorize"},
    Route{Method::post, "/api/oauth/token", Access::app, ask_for_token},
    Route{Method::get, "/api/oauth/token/:tenant/:integrationId", Access::app, read_token},
    Route{Method::post, "/api/oauth/tokens", Access::app, ask_for_tokens},
    Route{Method::post, "/api/oauth/revoke", Access::app, revoke, "connection.revoke"},
    Route{Method::get, "/divine/oauth/health", Access::auditor, health_reports},
    Route{Method::get, "/api/divine/oauth/health", Access::auditor, health_reports},
    Route{Method::get, "/api/oauth/health", Access::auditor, health_reports},
    Route{Method::post, "/divine/oauth/health/check", Access::admin, check_health, "health.check"},
    Route{Method::post, "/api/divine/oauth/health/check", Access::admin, check_health, "health.check"},
    Route{Method::post, "/api/oauth/health/check", Access::admin, check_health, "health.check"},
    Route{Method::get, "/divine/clients/:id/setup", Access::admin, setup_checklist},
    Route{Method::get, "/api/divine/clients/:id/setup", Access::admin, setup_checklist},
    Route{Method::get, "/api/clients/:id/setup", Access::admin, setup_checklist},
    Route{Method::get, "/api/tenants", Access::admin, list_tenants},
    Route{Method::post, "/api/tenants", Access::admin, create_tenant, "tenant.create"},
    Route{Method::get, "/api/tenants/:id", Access::admin, show_tenant},
    Route{Method::put, "/api/tenants/:id", Access::admin, replace_tenant, "tenant.change"},
    Route{Method::patch, "/api/tenants/:id", Access::admin, change_tenant, "tenant.change"},
    Route{Method::delete_, "/api/tenants/:id", Access::admin, remove_tenant, "tenant.remove"},
    Route{Method::get, "/api/credentials/:provider", Access::admin, show_credentials},
    Route{Method::put, "/api/credentials/:provider", Access::admin, save_credentials, "credentials.save"},
    Route{Method::delete_, "/api/credentials/:provider", Access::admin, remove_credentials, "credentials.remove"},
    Route{Method::get, "/api/tenants/:id/credentials/:provider", Access::admin, show_credentials},
    Route{Method::put, "/api/tenants/:id/credentials/:provider", Access::admin, save_credentials, "credentials.save"},
    Route{Method::delete_, "/api/tenants/:id/credentials/:provider", Access::admin, remove_credentials,
          "credentials.remove"},
    Route{Method::get, "/api/keys", Access::admin, list_keys},
    Route{Method::post, "/api/keys", Access::admin, create_key, "key.create"},
    Route{Method::delete_, "/api/keys/:id", Access::admin, revoke_key, "key.revoke"},
    Route{Method::get, "/api/alerts", Access::auditor, list_alerts},
    Route{Method::post, "/api/alerts/test", Access::admin, test_alerts, "alerts.test"},
    Route{Method::get, "/api/providers", Access::signed_in, list_providers},
    Route{Method::get, "/api/providers/:id", Access::signed_in, show_provider},
    Route{Method::get, "/api/audit", Access::auditor, list_audit},
    Route{Method::get, "/api/audit/verify", Access::auditor, verify_audit},
    Route{Method::get, "/api/audit/checkpoint", Access::auditor, audit_checkpoint},
    Route{Method::post, "/api/audit/checkpoint", Access::auditor, judge_checkpoint},
    Route{Method::get, "/api/keys/master", Access::auditor, show_master_keys},
    Route{Method::post, "/api/keys/master/rotate", Access::admin, rotate_master_key, "master_key.rotate"},
    Route{Method::get, "/api/oauth/launch/:provider", Access::anyone, launch, "authorization.begin"},
    Route{Method::get, "/api/launch-issuers", Access::auditor, list_launch_issuers},
    Route{Method::put, "/api/launch-issuers", Access::admin, save_launch_issuer, "launch_issuer.save"},
    Route{Method::delete_, "/api/launch-issuers", Access::admin, remove_launch_issuer, "launch_issuer.remove"},
    Route{Method::get, "/.well-known/jwks.json", Access::anyone, published_keys},
    Route{Method::get, "/api/signing-keys", Access::auditor, list_signing_keys},
    Route{Method::post, "/api/signing-keys", Access::admin, add_signing_key, "signing_key.add"},
    Route{Method::post, "/api/signing-keys/rotate", Access::admin, rotate_signing_key, "signing_key.rotate"},
    Route{Method::delete_, "/api/signing-keys/:id", Access::admin, remove_signing_key, "signing_key.remove"},
    Route{Method::get, "/api/crm/:tenant/:integrationId/customers", Access::calls, find_customers},
    Route{Method::post, "/api/crm/:tenant/:integrationId/customers", Access::calls, save_customer, "crm.customer.save"},
    Route{Method::get, "/api/crm/:tenant/:integrationId/customers/:customerId", Access::calls, show_customer},
    Route{Method::patch, "/api/crm/:tenant/:integrationId/customers/:customerId", Access::calls, change_customer,
          "crm.customer.save"},
    Route{Method::get, "/api/crm/:tenant/:integrationId/customers/:customerId/interactions", Access::calls,
          list_interactions},
    Route{Method::post, "/api/crm/:tenant/:integrationId/calls", Access::calls, log_crm_call, "crm.call.log"},
    Route{Method::get, "/api/calendar/:tenant/:integrationId/events", Access::calls, list_calendar_events},
    Route{Method::post, "/api/calendar/:tenant/:integrationId/events", Access::calls, create_calendar_event,
          "calendar_event.create"},
    Route{Method::patch, "/api/calendar/:tenant/:integrationId/events/:id", Access::calls, change_calendar_event,
          "calendar_event.change"},
    Route{Method::delete_, "/api/calendar/:tenant/:integrationId/events/:id", Access::calls, remove_calendar_event,
          "calendar_event.remove"},
    Route{Method::get, "/api/calendar/:tenant/:integrationId/slots", Access::calls, calendar_slots},
    Route{Method::get, "/", Access::anyone, front},
    Route{Method::get, "/healthz", Access::anyone, liveness},
    Route{Method::get, "/readyz", Access::anyone, readiness},
    Route{Method::get, "/metrics", Access::auditor, metrics},
    Route{Method::get, "/openapi.json", Access::anyone, openapi},
    Route{Method::get, "/docs", Access::anyone, documentation},
};

std::string_view next_segment(std::string_view& path) {
    path.remove_prefix(path.starts_with('/') ? 1 : 0);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

/// Whether the shapes agree; values are decoded later, once the row is known.
bool matches(std::string_view pattern, std::string_view path) {
    while (!pattern.empty() && !path.empty()) {
        const std::string_view expected = next_segment(pattern);
        const std::string_view segment = next_segment(path);
        const bool parameter = expected.starts_with(':');
        if (parameter ? segment.empty() : segment != expected)
            return false;
    }
    return pattern.empty() && path.empty();
}

Result<RouteMatch> read_parameters(const Route& route, std::string_view path) {
    RouteMatch match{.route = &route, .path_parameters = {}};
    std::string_view pattern = route.pattern;
    while (!pattern.empty()) {
        const std::string_view expected = next_segment(pattern);
        const std::string_view segment = next_segment(path);
        if (!expected.starts_with(':'))
            continue;
        auto value = percent_decoded(segment, false);
        if (!value)
            return failure(Errc::invalid_request, "The path is badly encoded.");
        match.path_parameters.emplace(expected.substr(1), std::move(*value));
    }
    return match;
}

std::string_view name_of(Method method) {
    switch (method) {
        case Method::get: return "GET, HEAD";
        case Method::head: return "HEAD";
        case Method::post: return "POST";
        case Method::put: return "PUT";
        case Method::patch: return "PATCH";
        case Method::delete_: return "DELETE";
        case Method::options: return "OPTIONS";
        case Method::other: return "";
    }
    std::unreachable();
}

}  // namespace

std::span<const Route> routes() {
    return table;
}

Result<RouteMatch> find_route(Method method, std::string_view path) {
    const Method wanted = method == Method::head ? Method::get : method;
    bool known_path = false;
    for (const Route& route : table) {
        if (!matches(route.pattern, path))
            continue;
        if (route.method == wanted)
            return read_parameters(route, path);
        known_path = true;
    }
    if (known_path)
        return failure(Errc::method_not_allowed, "This path answers to " + allowed_methods(path) + ".");
    return failure(Errc::not_found, "There is no such path; /openapi.json lists what there is.");
}

std::string allowed_methods(std::string_view path) {
    std::string methods;
    for (const Route& route : table) {
        if (!matches(route.pattern, path))
            continue;
        if (!methods.empty())
            methods += ", ";
        methods += name_of(route.method);
    }
    return methods;
}

}  // namespace evergrant::api
