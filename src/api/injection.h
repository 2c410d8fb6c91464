#pragma once
//
// Injection: how nginx's auth_request and Envoy's ext_authz ask for the header that a provider's API wants. They mark
// the request with X-Evergrant-Inject; Envoy sends the method, path and query of the call it is about to let through.
//
#include "net/http_message.h"

namespace evergrant::api {

/// Makes of `request` the read of the token that its path begins with, if it asks for injection: a GET, without what
/// follows `/api/oauth/token/<tenant>/<integration>`. A query behind a longer path is the call's, and goes too; behind
/// that path alone it is the read's own. Other requests stay as they are.
void as_injection(net::Request& request);

}  // namespace evergrant::api
