#pragma once
//
// Outgoing mail over SMTP. `MailClient` is the interface that use cases take; `CurlMailClient` the real one, over
// libcurl on the shard's io_context.
//
#include "async/deadline.h"
#include "base/secret.h"
#include "net/egress_guard.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace evergrant::net {

/// One mail as text. The addresses are `user@host`, bare.
struct Mail {
    std::string from;
    std::vector<std::string> to;
    std::string subject;     ///< one line, UTF-8
    std::string text;        ///< UTF-8
    std::string message_id;  ///< `id@host`: the same for each repeat
    std::chrono::sys_seconds date;
};

/// Whether it may stand in an envelope: one `@`, no blanks, quotes, brackets or control characters.
[[nodiscard]] bool is_mail_address(std::string_view text);

/// The mail as it travels (RFC 5322): encoded headers, base64 body, CRLF. Pure.
[[nodiscard]] std::string to_internet_message(const Mail& mail);

/// Errors of `send`: provider_unreachable: nothing was sent; provider_timeout, provider_error: the server refused, or
/// what was sent may have arrived; egress_denied; invalid_request: an address that is none.
/// Cancellation: the transfer is dropped and system_error(operation_aborted) is thrown.
/// Thread: one shard's.
class MailClient {
public:
    virtual ~MailClient() = default;
    [[nodiscard]] virtual async::Task<Result<void>> send(Mail mail, async::Deadline deadline) = 0;
};

struct MailServer {
    SecretString url;         ///< `smtp://user:password@host:587`, `smtps://host`
    bool must_encrypt{true};  ///< smtp:// too: by STARTTLS, or nothing is sent
    std::string ca_file;      ///< PEM; empty: the system's
    EgressGuard egress{EgressPolicy{}};
    std::chrono::milliseconds connect_timeout{10'000};
};

/// Whether `text` is such a URL: a host, perhaps a port and credentials, nothing else.
[[nodiscard]] bool is_mail_server_url(std::string_view text);

/// One connection a mail. Lifetime: as CurlClient.
class CurlMailClient final : public MailClient {
public:
    /// Throws std::runtime_error when libcurl cannot be used.
    CurlMailClient(boost::asio::io_context& context, MailServer server);
    ~CurlMailClient() override;
    CurlMailClient(const CurlMailClient&) = delete;
    CurlMailClient& operator=(const CurlMailClient&) = delete;

    [[nodiscard]] async::Task<Result<void>> send(Mail mail, async::Deadline deadline) override;

private:
    std::shared_ptr<const MailServer> server_;
    std::shared_ptr<class CurlMulti> multi_;
};

}  // namespace evergrant::net
