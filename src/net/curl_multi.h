#pragma once
//
// CurlMulti: libcurl's multi handle, driven by an io_context: libcurl says which sockets and which time it waits for,
// this waits and tells it. Knows nothing of requests and mails; see curl_job.h.
//
#include "net/curl_job.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>

namespace evergrant::net {

/// Always held by shared_ptr: handlers and memberships outlive its owner. Thread: its executor's.
class CurlMulti : public std::enable_shared_from_this<CurlMulti> {
public:
    CurlMulti(const boost::asio::any_io_executor& executor, std::size_t max_connections, std::size_t max_per_host);
    ~CurlMulti();
    CurlMulti(const CurlMulti&) = delete;
    CurlMulti& operator=(const CurlMulti&) = delete;

    /// A transfer is under way as long as its membership lives. The transfer must outlive it.
    class Membership {
    public:
        Membership(std::shared_ptr<CurlMulti> multi, CurlJob& transfer)
            : multi_(std::move(multi)), transfer_(transfer) {
            multi_->add(transfer_);
        }
        ~Membership() { multi_->remove(transfer_); }
        Membership(const Membership&) = delete;
        Membership& operator=(const Membership&) = delete;

    private:
        std::shared_ptr<CurlMulti> multi_;
        CurlJob& transfer_;
    };

    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

    /// Ends every transfer and closes every connection. Transfers added later end at once. Idempotent.
    void close();

private:
    /// One socket of libcurl's that is waited for.
    struct Watch {
        explicit Watch(const boost::asio::any_io_executor& executor, curl_socket_t socket)
            : descriptor(executor, socket) {}
        boost::asio::posix::stream_descriptor descriptor;
        int wanted{CURL_POLL_NONE};
        bool waits_to_read{false};
        bool waits_to_write{false};
        bool removed{false};
    };

    void add(CurlJob& transfer);
    void remove(CurlJob& transfer);

    static int on_socket(CURL* easy, curl_socket_t socket, int wanted, void* self, void* watch) noexcept;
    static int on_timer(CURLM* multi, long milliseconds, void* self) noexcept;
    void watch(curl_socket_t socket, int wanted);
    void unwatch(curl_socket_t socket);
    void wait(const std::shared_ptr<Watch>& watch);
    void wait_for(const std::shared_ptr<Watch>& watch, bool Watch::* waits,
                  boost::asio::posix::descriptor_base::wait_type kind, int event);
    void set_timer(long milliseconds);
    void act(curl_socket_t socket, int events);
    void hand_out_ended();
    void end_the_late();

    using ByDeadline = std::set<std::pair<async::Deadline::clock::time_point, CurlJob*>>;

    boost::asio::any_io_executor executor_;
    boost::asio::steady_timer timer_;
    std::uint64_t timer_setting_{0};  ///< changes whenever libcurl sets another time
    CURLM* multi_;
    std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
    ByDeadline transfers_;
};

}  // namespace evergrant::net
