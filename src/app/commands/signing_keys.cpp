#include "app/commands/signing_keys.h"

#include "app/private_file.h"
#include "app/table.h"

#include <boost/json/serialize.hpp>

#include <ostream>
#include <utility>

namespace evergrant::app {

namespace {

ExitCode print_id(CommandContext& context, const Remote<boost::json::object>& answer) {
    if (!answer)
        return report(context, answer.error());
    const std::string id = cell_of(*answer, "id", "");
    if (id.empty())
        return report(context, ExitCode::failed, "The server's answer names no key.");
    context.out << id << '\n';
    context.error << "It signs from " << cell_of(*answer, "signsFrom", "?")
                  << " on. Providers find it at /.well-known/jwks.json.\n";
    return ExitCode::ok;
}

void print_table_of(std::ostream& out, const boost::json::array& keys) {
    std::vector<TableRow> rows{{"ID", "ALGORITHM", "STATE", "SIGNS FROM", "SIGNS UNTIL", "PUBLISHED UNTIL"}};
    for (const auto& item : keys) {
        const auto* key = item.if_object();
        if (key != nullptr)
            rows.push_back({cell_of(*key, "id", "?"), cell_of(*key, "algorithm", "?"), cell_of(*key, "state", "?"),
                            cell_of(*key, "signsFrom", "?"), cell_of(*key, "signsUntil", "-"),
                            cell_of(*key, "publishedUntil", "-")});
    }
    print_table(out, rows);
}

}  // namespace

async::Task<ExitCode> add_signing_key(CommandContext* context, RemoteServer* server, const SigningKeysAdd* order) {
    boost::json::object body;
    body["algorithm"] = order->algorithm;
    if (!order->file.empty()) {
        if (is_open_to_others(order->file))
            co_return report(*context, ExitCode::usage, open_to_others(order->file));
        const auto text = read_file(order->file);
        if (!text)
            co_return report(*context, ExitCode::usage, order->file.string() + " " + text.error());
        body["privateKey"] = *text;
    }
    const auto answer = co_await server->post("/api/signing-keys", std::move(body));
    co_return print_id(*context, answer);
}

async::Task<ExitCode> list_signing_keys(CommandContext* context, RemoteServer* server, const SigningKeysList* order) {
    const auto answer = co_await server->get("/api/signing-keys");
    if (!answer)
        co_return report(*context, answer.error());
    const auto* keys = answer->if_contains("keys");
    if (keys == nullptr || !keys->is_array())
        co_return report(*context, ExitCode::failed, "The server's answer holds no list of keys.");
    if (order->as_json)
        context->out << boost::json::serialize(*keys) << '\n';
    else
        print_table_of(context->out, keys->get_array());
    co_return ExitCode::ok;
}

async::Task<ExitCode> rotate_signing_key(CommandContext* context, RemoteServer* server,
                                         const SigningKeysRotate* order) {
    boost::json::object body;
    body["algorithm"] = order->algorithm;
    if (order->overlap)
        body["overlapSeconds"] = std::chrono::seconds(*order->overlap).count();
    if (!order->replaced.empty())
        body["keyId"] = order->replaced;
    const auto answer = co_await server->post("/api/signing-keys/rotate", std::move(body));
    co_return print_id(*context, answer);
}

async::Task<ExitCode> remove_signing_key(CommandContext* context, RemoteServer* server,
                                         const SigningKeysRemove* order) {
    std::string path = "/api/signing-keys/" + percent_encoded(order->id);
    const auto answer = co_await server->remove(std::move(path));
    if (!answer)
        co_return report(*context, answer.error());
    context->error << "Key " << order->id << " is removed: nothing it signed is good any more.\n";
    co_return ExitCode::ok;
}

}  // namespace evergrant::app
