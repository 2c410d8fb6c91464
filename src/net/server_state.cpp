#include "net/server_state.h"

#include <boost/beast/core/string_type.hpp>

#include <algorithm>
#include <ctime>
#include <random>
#include <utility>

namespace evergrant::net {

namespace {

constexpr std::size_t output_kept = 256 * 1024;  ///< memory kept for the next answers
constexpr std::size_t idle_sample = 32;          ///< connections looked at to find one that can go

/// `Sun, 06 Nov 1994 08:49:37 GMT`, whatever the locale.
std::string http_date(std::time_t time) {
    constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 32> rest{};
    std::strftime(rest.data(), rest.size(), "%Y %H:%M:%S GMT", &parts);
    std::string date(days[static_cast<std::size_t>(parts.tm_wday)]);
    date.append(parts.tm_mday < 10 ? ", 0" : ", ").append(std::to_string(parts.tm_mday)).append(" ");
    return date.append(months[static_cast<std::size_t>(parts.tm_mon)]).append(" ").append(rest.data());
}

std::string hexadecimal(std::uint64_t value) {
    std::string digits(16, '0');
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, value >>= 4)
        *digit = "0123456789abcdef"[value & 15];
    return digits;
}

std::vector<std::string> networks_of(std::vector<std::string> trusted) {
    std::erase(trusted, unix_peer);
    return trusted;
}

std::string random_prefix() {
    std::random_device random;
    return hexadecimal(std::uint64_t{random()} << 32 | random()) + "-";
}

}  // namespace

ServerState::ServerState(async::Shard& owner, RequestHandler& answers, ServerOptions settings)
    : options(std::move(settings)),
      handler(answers),
      executor(owner.context().get_executor()),
      trusted_proxies(networks_of(options.trusted_proxies)),
      trusts_unix_peers(std::ranges::find(options.trusted_proxies, unix_peer) != options.trusted_proxies.end()),
      acceptor(executor),
      sweep_timer(executor),
      connections(executor),
      now(std::chrono::steady_clock::now()),
      id_prefix_(random_prefix()) {
    write_last_headers();
}

std::string ServerState::next_request_id() {
    return id_prefix_ + hexadecimal(++last_id_);
}

void ServerState::sweep() {
    now = std::chrono::steady_clock::now();
    write_last_headers();
    if (output.capacity() > output_kept)
        output = std::string();
    for (auto next = sessions.begin(); next != sessions.end();) {
        const boost::intrusive_ptr<Session> session(&*next++);
        session->check_time(now);
    }
}

void ServerState::write_last_headers() {
    const std::string date = "Date: " + http_date(std::time(nullptr)) + "\r\n";
    last_headers_ = {date + "\r\n", date + "Connection: close\r\n\r\n", date + "Connection: keep-alive\r\n\r\n"};
}

bool ServerState::close_longest_idle() {
    boost::intrusive_ptr<Session> longest;
    for (std::size_t looked_at = 0; looked_at < idle_sample && !sessions.empty(); ++looked_at) {
        Session& session = sessions.front();
        sessions.splice(sessions.end(), sessions, sessions.begin());
        if (session.idle() && (!longest || session.due() < longest->due()))
            longest = &session;
    }
    if (longest)
        longest->close();
    return longest != nullptr;
}

}  // namespace evergrant::net
