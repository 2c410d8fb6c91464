#pragma once
//
// CurlTransfer: one request on one libcurl easy handle, from its options to its answer or failure. What runs it is
// CurlMulti; what waits for it is CurlClient. Its body goes and its answer comes whole, unless a derived class takes
// them in pieces (curl_streams.cpp).
//
#include "net/curl_client.h"
#include "net/curl_job.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <curl/curl.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace evergrant::net {

/// Stays where it is from `prepare` on: libcurl holds pointers to it. Wipes the request, and an answer that nobody
/// took.
class CurlTransfer : public CurlJob {
public:
    CurlTransfer(const boost::asio::any_io_executor& executor, std::shared_ptr<const CurlOptions> options,
                 ClientRequest request, async::Deadline deadline);
    ~CurlTransfer() override;

    /// Checks the request and tells libcurl all about it. Errors: egress_denied, invalid_request.
    [[nodiscard]] Result<void> prepare();

    [[nodiscard]] CURL* easy() const noexcept override { return easy_.get(); }
    void end(CURLcode code) override;
    void end(TransferFailure::Cause cause) override;
    [[nodiscard]] bool ended() const noexcept { return ended_; }

    [[nodiscard]] async::Deadline deadline() const noexcept override { return deadline_; }

    /// Expires at the deadline; cancelled when the transfer ends.
    [[nodiscard]] boost::asio::steady_timer& wake() noexcept { return wake_; }

    /// The answer or what went wrong. Once, after the end.
    [[nodiscard]] Result<ClientAnswer> take_outcome();

protected:
    template <class Value>
    void set(CURLoption option, Value value) {
        check(curl_easy_setopt(easy_.get(), option, value), option);
    }
    /// Tells libcurl of the request's body, if there is one.
    virtual void set_body();
    /// Whether a body is decoded on its way to us.
    [[nodiscard]] virtual bool decodes() const noexcept { return true; }
    /// The header section, perhaps of an interim answer, has come.
    virtual void head_is_over() {}
    /// As of CURLOPT_WRITEFUNCTION.
    virtual std::size_t receive(std::string_view piece);

    [[nodiscard]] ClientAnswer& answer() noexcept { return answer_; }
    /// Whether the whole answer has come.
    [[nodiscard]] bool succeeded() const noexcept {
        return ended_ && cause_ == TransferFailure::Cause::by_code && code_ == CURLE_OK;
    }

private:
    static void check(CURLcode code, CURLoption option);
    void set_transport();
    void set_trust();
    void set_proxy();
    void set_request();
    void set_headers();
    void set_callbacks();
    void set_socket_options(curl_socket_t socket) const noexcept;

    static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;
    static int on_presenting(void* self, char*, char*, int, int) noexcept;
    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    [[nodiscard]] bool may_connect_to(const sockaddr& address) const noexcept;
    [[nodiscard]] bool take_header_line(std::string_view line);
    [[nodiscard]] bool take_body(std::string_view piece);
    void drop_headers_of_the_encoded_body();

    struct Cleanup {
        void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
        void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
    };

    std::shared_ptr<const CurlOptions> options_;
    ClientRequest request_;
    async::Deadline deadline_;
    std::string host_;
    bool plain_http_{false};
    bool by_proxy_{false};
    std::unique_ptr<curl_slist, Cleanup> header_list_;
    std::unique_ptr<CURL, Cleanup> easy_;
    std::array<char, CURL_ERROR_SIZE> curls_words_{};

    ClientAnswer answer_;
    std::size_t header_bytes_{0};
    bool header_section_over_{false};
    unsigned times_presented_{0};
    unsigned addresses_denied_{0};
    unsigned addresses_allowed_{0};
    TransferFailure::Cause cause_{TransferFailure::Cause::by_code};
    CURLcode code_{CURLE_OK};
    bool ended_{false};
    boost::asio::steady_timer wake_;
};

}  // namespace evergrant::net
