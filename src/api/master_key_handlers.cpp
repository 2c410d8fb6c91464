#include "api/handlers.h"

#include <boost/json/serialize.hpp>

#include <utility>

namespace evergrant::api {

namespace {

boost::json::array list_of(const std::vector<std::string>& texts) {
    boost::json::array list;
    for (const std::string& text : texts)
        list.emplace_back(text);
    return list;
}

net::Response describe(unsigned status, const broker::MasterKeyReport& report) {
    boost::json::object body;
    body["first"] = report.first;
    body["ring"] = list_of(report.ring);
    boost::json::array uses;
    for (const auto& use : report.uses)
        uses.push_back({{"id", use.id}, {"dataKeys", use.data_keys}, {"seals", use.seals}});
    body["keys"] = std::move(uses);
    boost::json::array replicas;
    for (const auto& replica : report.replicas)
        replicas.push_back({{"id", replica.note.id},
                            {"masterKeys", list_of(replica.note.master_keys)},
                            {"unwritten", replica.note.unwritten},
                            {"heardAt", to_iso8601(std::chrono::floor<std::chrono::seconds>(replica.heard_at))}});
    body["replicas"] = std::move(replicas);
    body["running"] = report.running;
    body["remaining"] = report.remaining;
    body["sealedAnew"] = report.sealed_anew;
    body["failure"] = nullptr;
    if (!report.failure.empty())
        body["failure"] = report.failure;
    body["mayBeTakenOut"] = list_of(report.free);
    body["message"] = report.message;
    return net::json_response(status, boost::json::serialize(body));
}

}  // namespace

Answer show_master_keys(Call call) {
    const auto report = co_await call.broker.master_keys.report();
    if (!report)
        co_return std::unexpected(report.error());
    co_return describe(200, *report);
}

Answer rotate_master_key(Call call) {
    const auto report = co_await call.broker.master_keys.rotate();
    if (!report)
        co_return std::unexpected(report.error());
    note_subject(call, "", report->first);
    co_return describe(202, *report);
}

}  // namespace evergrant::api
