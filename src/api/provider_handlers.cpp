#include "api/handlers.h"

#include <boost/json/serialize.hpp>

namespace evergrant::api {

Answer list_providers(Call call) {
    boost::json::array rows;
    for (const catalog::Provider* provider : call.context.catalog.all())
        rows.push_back(catalog::describe(*provider));
    boost::json::object body;
    body["providers"] = std::move(rows);
    co_return net::json_response(200, boost::json::serialize(body));
}

Answer show_provider(Call call) {
    const auto provider = call.context.catalog.get(call.path_parameter("id"));
    if (!provider) {
        // In a path, an unknown name is a thing that is not there.
        Error error = provider.error();
        error.code = Errc::not_found;
        co_return std::unexpected(std::move(error));
    }
    co_return net::json_response(200, boost::json::serialize(catalog::describe(**provider)));
}

}  // namespace evergrant::api
