#pragma once
//
// ScriptedServer: a raw TCP server on 127.0.0.1 that does to each connection what a test's script says: answers,
// hangs, resets, cuts off, sends garbage or sends slowly. It records what arrived.
//
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace evergrant::testing {

class ScriptedServer {
public:
    /// One accepted connection, in its script's hands. When the script returns it is closed.
    class Peer {
    public:
        /// 0 for the first connection that was accepted.
        [[nodiscard]] std::size_t index() const { return index_; }

        /// The next request, with a body of its Content-Length, recorded; empty when the client closed instead.
        std::string read_request() {
            const auto end_of_headers = fill_until([](std::string_view text) { return text.contains("\r\n\r\n"); });
            if (!end_of_headers)
                return {};
            const std::size_t header_size = unread_.find("\r\n\r\n") + 4;
            const std::size_t size = header_size + content_length(unread_.substr(0, header_size));
            if (!fill_until([size](std::string_view text) { return text.size() >= size; }))
                return {};
            std::string request = unread_.substr(0, size);
            unread_.erase(0, size);
            server_.record(request);
            return request;
        }

        void write(std::string_view bytes) {
            while (!bytes.empty()) {
                const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
                if (sent <= 0)
                    return;
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            }
        }

        /// An answer with a Content-Length; the connection stays open.
        void answer(std::string_view body, std::string_view headers = "", std::string_view status = "200 OK") {
            write("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                  std::string(headers) + "\r\n" + std::string(body));
        }

        /// One byte every few milliseconds until all is sent or the client has closed.
        void drip(std::string_view bytes) {
            constexpr int pause_in_milliseconds = 5;
            for (const char byte : bytes) {
                pollfd waiting{socket_, POLLRDHUP, 0};
                if (::poll(&waiting, 1, pause_in_milliseconds) != 0)
                    return;
                write({&byte, 1});
            }
        }

        /// Says nothing until the client closes or the server ends.
        void hold() {
            fill_until([](std::string_view) { return false; });
        }

        /// Closes with a TCP reset.
        void reset() {
            const linger at_once{1, 0};
            ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        }

    private:
        friend class ScriptedServer;
        Peer(ScriptedServer& server, int socket, std::size_t index) : server_(server), socket_(socket), index_(index) {}

        template <class Enough>
        bool fill_until(Enough enough) {
            char buffer[16 * 1024];
            while (!enough(unread_)) {
                const ssize_t got = ::recv(socket_, buffer, sizeof(buffer), 0);
                if (got <= 0)
                    return false;
                unread_.append(buffer, static_cast<std::size_t>(got));
            }
            return true;
        }

        static std::size_t content_length(std::string headers) {
            std::ranges::transform(headers, headers.begin(), [](unsigned char c) { return std::tolower(c); });
            const std::size_t found = headers.find("\r\ncontent-length:");
            return found == std::string::npos ? 0 : std::strtoul(headers.c_str() + found + 17, nullptr, 10);
        }

        ScriptedServer& server_;
        int socket_;
        std::size_t index_;
        std::string unread_;
    };

    /// Run for each connection, in a thread of its own.
    using Script = std::function<void(Peer&)>;

    explicit ScriptedServer(Script script) : script_(std::move(script)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_, generic, size) != 0 || ::listen(listener_, SOMAXCONN) != 0 ||
            ::getsockname(listener_, generic, &size) != 0)
            throw std::runtime_error("The scripted server cannot listen.");
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }

    ~ScriptedServer() { stop(); }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    /// Refuses new connections, closes the open ones and waits for their scripts. Idempotent.
    void stop() {
        if (listener_ < 0)
            return;
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        {
            const std::lock_guard lock(mutex_);
            for (const int socket : open_)
                ::shutdown(socket, SHUT_RDWR);
        }
        for (auto& one : serving_)
            one.join();
        ::close(std::exchange(listener_, -1));
    }

    [[nodiscard]] std::string url(std::string_view path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
    }
    [[nodiscard]] unsigned short port() const { return port_; }

    /// Every whole request that has arrived, in order.
    [[nodiscard]] std::vector<std::string> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    [[nodiscard]] std::size_t connections() const {
        const std::lock_guard lock(mutex_);
        return connections_;
    }

    /// Blocks until `count` whole requests have arrived.
    void wait_for_requests(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this, count] { return requests_.size() >= count; });
    }

    /// Blocks until the server has closed `count` connections.
    void wait_until_closed(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this, count] { return connections_ - open_.size() >= count; });
    }

private:
    void accept_all() {
        for (;;) {
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0)
                return;
            const std::lock_guard lock(mutex_);
            const std::size_t index = connections_++;
            open_.push_back(socket);
            serving_.emplace_back([this, socket, index] { serve(socket, index); });
        }
    }

    void serve(int socket, std::size_t index) {
        Peer peer(*this, socket, index);
        script_(peer);
        const std::lock_guard lock(mutex_);
        open_.remove(socket);
        ::close(socket);
        changed_.notify_all();
    }

    void record(const std::string& request) {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        changed_.notify_all();
    }

    Script script_;
    int listener_{-1};
    unsigned short port_{0};
    std::thread acceptor_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::list<int> open_;
    std::vector<std::thread> serving_;
    std::vector<std::string> requests_;
    std::size_t connections_{0};
};

}  // namespace evergrant::testing
