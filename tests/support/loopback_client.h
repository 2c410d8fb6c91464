#pragma once
//
// For tests: a client that sends and receives bytes over loopback as they are, right or wrong. Blocking; a wait that
// lasts 20 s fails instead of hanging.
//
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace evergrant::testing {

class LoopbackClient {
public:
    explicit LoopbackClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval longest{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // The sockets API takes every address as a sockaddr.
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::system_error(errno, std::generic_category(), "connect");
    }
    LoopbackClient(LoopbackClient&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}
    LoopbackClient(const LoopbackClient&) = delete;
    LoopbackClient& operator=(const LoopbackClient&) = delete;
    LoopbackClient& operator=(LoopbackClient&&) = delete;
    ~LoopbackClient() { close(); }

    /// False if the server has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    void end_sending() { ::shutdown(fd_, SHUT_WR); }

    void close() {
        if (fd_ >= 0)
            ::close(std::exchange(fd_, -1));
    }

    /// Waits a moment for something to read; true if there is, or the server has closed.
    bool readable_soon() {
        pollfd wanted{.fd = fd_, .events = POLLIN, .revents = 0};
        return ::poll(&wanted, 1, 2) == 1;
    }

    /// The next answer, head and body, by its Content-Length; what there is if the server closes first.
    std::string answer(bool has_body = true) {
        std::size_t head_size = 0;
        while ((head_size = received_.find("\r\n\r\n")) == received_.npos) {
            if (!receive())
                return std::exchange(received_, {});
        }
        head_size += 4;
        const std::size_t size = head_size + (has_body ? content_length(head_size) : 0);
        while (received_.size() < size && receive()) {}
        std::string whole = received_.substr(0, size);
        received_.erase(0, whole.size());
        return whole;
    }

    /// Reads to the end: whether that was a reset.
    bool was_reset() {
        std::array<char, 4 * 1024> part;
        ssize_t count = 0;
        do
            count = ::recv(fd_, part.data(), part.size(), 0);
        while (count > 0);
        return count < 0 && errno == ECONNRESET;
    }

    /// All that comes until the server closes.
    std::string rest() {
        while (receive()) {}
        return std::exchange(received_, {});
    }

private:
    bool receive() {
        std::array<char, 16 * 1024> part;
        const auto count = ::recv(fd_, part.data(), part.size(), 0);
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            throw std::runtime_error("nothing came for 20 s");
        if (count <= 0)
            return false;
        received_.append(part.data(), static_cast<std::size_t>(count));
        return true;
    }

    [[nodiscard]] std::size_t content_length(std::size_t head_size) const {
        constexpr std::string_view name = "Content-Length: ";
        const auto at = std::string_view(received_).substr(0, head_size).find(name);
        std::size_t length = 0;
        if (at != std::string_view::npos)
            std::from_chars(received_.data() + at + name.size(), received_.data() + head_size, length);
        return length;
    }

    int fd_;
    std::string received_;
};

}  // namespace evergrant::testing
