#pragma once
//
// The handlers of the route table, by file. Each parses a request, calls one use case and writes its answer; none holds
// a rule of its own. Arguments and errors stand in the contract (openapi.json).
//
#include "api/call.h"

namespace evergrant::api {

using Answer = async::Task<Result<net::Response>>;

// authorization_handlers.cpp
Answer authorize_by_admin(Call call);
Answer authorize(Call call);
Answer obtain_by_client_credentials(Call call);
Answer obtain_by_jwt_bearer(Call call);
Answer open_ticket(Call call);
Answer finish_authorization(Call call);
Answer answer_question(Call call);

// visitor_handlers.cpp
Answer front(Call call);
Answer authorization_outcome(Call call);
Answer show_renewal(Call call);
Answer begin_renewal(Call call);

// connect_handlers.cpp
Answer create_connect_session(Call call);
Answer show_connect_session(Call call);
Answer open_connect_page(Call call);
Answer submit_connect_page(Call call);
Answer end_connect_page(Call call);
Answer connect_style(Call call);
Answer connect_script(Call call);

// token_handlers.cpp
Answer read_token(Call call);
Answer ask_for_token(Call call);
Answer ask_for_tokens(Call call);

// connection_handlers.cpp
Answer connection_status(Call call);
Answer reauthorize(Call call);
Answer revoke(Call call);

// health_handlers.cpp
Answer health_reports(Call call);
Answer check_health(Call call);
Answer setup_checklist(Call call);

// tenant_handlers.cpp
Answer list_tenants(Call call);
Answer create_tenant(Call call);
Answer show_tenant(Call call);
Answer replace_tenant(Call call);
Answer change_tenant(Call call);
Answer remove_tenant(Call call);

// credentials_handlers.cpp
Answer show_credentials(Call call);
Answer save_credentials(Call call);
Answer remove_credentials(Call call);

// key_handlers.cpp
Answer list_keys(Call call);
Answer create_key(Call call);
Answer revoke_key(Call call);

// alert_handlers.cpp
Answer list_alerts(Call call);
Answer test_alerts(Call call);

// provider_handlers.cpp
Answer list_providers(Call call);
Answer show_provider(Call call);

// audit_handlers.cpp
Answer list_audit(Call call);
Answer verify_audit(Call call);
Answer audit_checkpoint(Call call);
Answer judge_checkpoint(Call call);

// master_key_handlers.cpp
Answer show_master_keys(Call call);
Answer rotate_master_key(Call call);

// launch_handlers.cpp
Answer launch(Call call);
Answer list_launch_issuers(Call call);
Answer save_launch_issuer(Call call);
Answer remove_launch_issuer(Call call);

// signing_key_handlers.cpp
Answer published_keys(Call call);
Answer list_signing_keys(Call call);
Answer add_signing_key(Call call);
Answer rotate_signing_key(Call call);
Answer remove_signing_key(Call call);

// crm_handlers.cpp
Answer find_customers(Call call);
Answer show_customer(Call call);
Answer save_customer(Call call);
Answer change_customer(Call call);
Answer log_crm_call(Call call);
Answer list_interactions(Call call);

// calendar_handlers.cpp
Answer list_calendar_events(Call call);
Answer create_calendar_event(Call call);
Answer change_calendar_event(Call call);
Answer remove_calendar_event(Call call);
Answer calendar_slots(Call call);

// system_handlers.cpp
Answer liveness(Call call);
Answer readiness(Call call);
Answer metrics(Call call);
Answer openapi(Call call);
Answer documentation(Call call);

}  // namespace evergrant::api
