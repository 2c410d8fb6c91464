#include "app/commands/call.h"

#include "app/private_file.h"

#include <algorithm>
#include <istream>
#include <ostream>
#include <string>
#include <utility>

namespace evergrant::app {

namespace {

constexpr std::size_t longest_answer = 64U * 1024 * 1024;
constexpr std::size_t longest_input = 1024U * 1024;
constexpr unsigned first_failure = 400;

bool has_content_type(const net::Headers& headers) {
    return std::ranges::any_of(headers, [](const auto& one) { return one.first == "content-type"; });
}

std::expected<std::string, std::string> read_input(std::istream& in) {
    std::string text(longest_input + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > longest_input)
        return std::unexpected("The standard input is longer than 1 MiB.");
    return text;
}

/// `TEXT`, `@FILE` or `-`.
std::expected<std::string, std::string> data_of(const std::string& written, std::istream& in) {
    if (written == "-")
        return read_input(in);
    if (!written.starts_with('@'))
        return written;
    const std::string file = written.substr(1);
    auto text = read_file(file);
    if (!text)
        return std::unexpected(file + " " + text.error() + ".");
    return std::move(*text);
}

std::expected<net::ClientRequest, std::string> request_of(const ApiCall& order, std::istream& in) {
    net::ClientRequest request;
    request.method = order.method;
    request.url = "/api/proxy/" + order.tenant.str() + "/" + order.integration.str() + order.path;
    request.headers = order.headers;
    request.answer_limit = longest_answer;
    if (order.retries)
        request.headers.emplace_back("x-evergrant-retries", std::to_string(*order.retries));
    if (order.max_wait)
        request.headers.emplace_back("x-evergrant-max-wait", std::to_string(order.max_wait->count()));
    if (!order.data)
        return request;
    auto data = data_of(*order.data, in);
    if (!data)
        return std::unexpected(std::move(data).error());
    request.body = SecretString(std::move(*data));
    if (!has_content_type(request.headers))
        request.headers.emplace_back("content-type", "application/json");
    return request;
}

void print(const net::ClientAnswer& answer, bool with_head, std::ostream& out) {
    if (with_head) {
        out << "HTTP " << answer.status << '\n';
        for (const auto& [name, value] : answer.headers)
            out << name << ": " << value << '\n';
        out << '\n';
    }
    out << answer.body << std::flush;
}

}  // namespace

async::Task<ExitCode> call_api(CommandContext* context, RemoteServer* server, const ApiCall* order) {
    auto request = request_of(*order, context->in);
    if (!request)
        co_return report(*context, ExitCode::usage, request.error());
    const auto answer = co_await server->pass(std::move(*request));
    if (!answer)
        co_return report(*context, answer.error());
    print(*answer, order->include, context->out);
    if (answer->status < first_failure)
        co_return ExitCode::ok;
    const std::string_view provider = answer->header("x-evergrant-provider");
    if (provider.empty())
        co_return report(*context, failure_of(*answer));
    co_return report(*context, ExitCode::failed,
                     std::string(provider) + " answered " + std::to_string(answer->status) + ".");
}

}  // namespace evergrant::app
