#pragma once
//
// CurlMail: one mail on one libcurl easy handle. What runs it is CurlMulti; what waits for it is CurlMailClient.
//
#include "net/curl_job.h"
#include "net/mail_client.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <curl/curl.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>

namespace evergrant::net {

class CurlMail final : public CurlJob {
public:
    CurlMail(const boost::asio::any_io_executor& executor, std::shared_ptr<const MailServer> server, Mail mail,
             async::Deadline deadline);
    ~CurlMail() override;

    /// Errors: invalid_request.
    [[nodiscard]] Result<void> prepare();

    [[nodiscard]] CURL* easy() const noexcept override { return easy_.get(); }
    [[nodiscard]] async::Deadline deadline() const noexcept override { return deadline_; }
    void end(CURLcode code) override;
    void end(TransferFailure::Cause cause) override;
    [[nodiscard]] bool ended() const noexcept { return ended_; }
    /// Expires at the deadline; cancelled when the transfer ends.
    [[nodiscard]] boost::asio::steady_timer& wake() noexcept { return wake_; }
    /// Once, after the end.
    [[nodiscard]] Result<void> outcome() const;

private:
    template <class Value>
    void set(CURLoption option, Value value);
    void set_server();
    void set_envelope();

    static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;
    static std::size_t on_read(char* into, std::size_t size, std::size_t count, void* self) noexcept;
    static std::size_t on_answer(char*, std::size_t size, std::size_t count, void*) noexcept { return size * count; }

    struct Cleanup {
        void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
        void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
    };

    std::shared_ptr<const MailServer> server_;
    Mail mail_;
    async::Deadline deadline_;
    std::string host_;
    std::string message_;
    std::size_t read_{0};
    std::unique_ptr<curl_slist, Cleanup> recipients_;
    std::unique_ptr<CURL, Cleanup> easy_;
    std::array<char, CURL_ERROR_SIZE> curls_words_{};
    unsigned addresses_denied_{0};
    unsigned addresses_allowed_{0};
    long status_{0};
    TransferFailure::Cause cause_{TransferFailure::Cause::by_code};
    CURLcode code_{CURLE_OK};
    bool ended_{false};
    boost::asio::steady_timer wake_;
};

}  // namespace evergrant::net
