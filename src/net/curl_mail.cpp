#include "net/curl_mail.h"

#include "net/curl_multi.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace evergrant::net {

namespace {

using Cause = TransferFailure::Cause;
constexpr std::size_t connections = 4;

async::Task<Result<void>> hand_over(std::shared_ptr<CurlMulti> multi, std::shared_ptr<const MailServer> server,
                                    Mail mail, async::Deadline deadline) {
    const auto executor = co_await boost::asio::this_coro::executor;
    CurlMail job(executor, std::move(server), std::move(mail), deadline);
    auto prepared = job.prepare();
    if (!prepared)
        co_return std::unexpected(std::move(prepared).error());
    const CurlMulti::Membership membership(std::move(multi), job);
    constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    if (!job.ended()) {
        const auto [woken] = co_await job.wake().async_wait(no_throw);
        if (!job.ended() && woken)
            throw boost::system::system_error(boost::asio::error::operation_aborted);
    }
    if (!job.ended())
        job.end(Cause::deadline);
    co_return job.outcome();
}

/// What the server said to a command, without its text: that may quote an address or a credential.
std::string refusal(CURLcode code, const std::string& host, long status) {
    const std::string number = status == 0 ? "" : " (" + std::to_string(status) + ")";
    constexpr long first_refusal = 400;
    if (status < first_refusal && (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR))
        return "The connection to " + host + " broke; the mail may have arrived.";
    switch (code) {
        case CURLE_USE_SSL_FAILED: return host + " offers no STARTTLS; nothing was sent.";
        case CURLE_LOGIN_DENIED: return host + " refuses the user name or password" + number + "; nothing was sent.";
        default: return host + " did not take the mail" + number + ".";
    }
}

}  // namespace

CurlMail::CurlMail(const boost::asio::any_io_executor& executor, std::shared_ptr<const MailServer> server, Mail mail,
                   async::Deadline deadline)
    : server_(std::move(server)), mail_(std::move(mail)), deadline_(deadline), wake_(executor, deadline.at()) {}

CurlMail::~CurlMail() {
    easy_.reset();
}

Result<void> CurlMail::prepare() {
    if (!is_mail_address(mail_.from) || mail_.to.empty() || !std::ranges::all_of(mail_.to, is_mail_address))
        return failure(Errc::invalid_request, "An address of the mail is not one.");
    const auto url = boost::urls::parse_uri(server_->url.reveal());
    if (!url)
        return failure(Errc::invalid_request, "The mail server's URL cannot be read.");
    host_ = std::string(url->encoded_host().data(), url->encoded_host().size());
    message_ = to_internet_message(mail_);
    easy_.reset(curl_easy_init());
    if (!easy_)
        throw std::bad_alloc();
    set_server();
    set_envelope();
    return {};
}

template <class Value>
void CurlMail::set(CURLoption option, Value value) {
    if (curl_easy_setopt(easy_.get(), option, value) != CURLE_OK)
        throw std::logic_error("This libcurl refuses option " + std::to_string(option) + ".");
}

void CurlMail::set_server() {
    const bool by_starttls = server_->must_encrypt;
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_URL, server_->url.reveal().c_str());
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(server_->connect_timeout.count()));
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_USE_SSL, static_cast<long>(by_starttls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (server_->ca_file.empty())
        return;
    set(CURLOPT_CAINFO, server_->ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
}

void CurlMail::set_envelope() {
    for (const std::string& one : mail_.to) {
        curl_slist* list = curl_slist_append(recipients_.get(), ("<" + one + ">").c_str());
        if (list == nullptr)
            throw std::bad_alloc();
        if (!recipients_)
            recipients_.reset(list);
    }
    set(CURLOPT_MAIL_FROM, ("<" + mail_.from + ">").c_str());
    set(CURLOPT_MAIL_RCPT, recipients_.get());
    set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);  // one address that is gone keeps nobody else from hearing
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message_.size()));
    set(CURLOPT_READFUNCTION, &CurlMail::on_read);
    set(CURLOPT_READDATA, static_cast<void*>(this));
    set(CURLOPT_WRITEFUNCTION, &CurlMail::on_answer);
    set(CURLOPT_PRIVATE, static_cast<void*>(static_cast<CurlJob*>(this)));
    set(CURLOPT_ERRORBUFFER, curls_words_.data());
    set(CURLOPT_OPENSOCKETFUNCTION, &CurlMail::on_open_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
}

curl_socket_t CurlMail::on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept {
    auto& mail = *static_cast<CurlMail*>(self);
    if (purpose != CURLSOCKTYPE_IPCXN || !mail.server_->egress.allows_address(address->addr, mail.host_)) {
        ++mail.addresses_denied_;
        return CURL_SOCKET_BAD;
    }
    ++mail.addresses_allowed_;
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t CurlMail::on_read(char* into, std::size_t size, std::size_t count, void* self) noexcept {
    auto& mail = *static_cast<CurlMail*>(self);
    const std::size_t length = std::min(size * count, mail.message_.size() - mail.read_);
    std::memcpy(into, mail.message_.data() + mail.read_, length);
    mail.read_ += length;
    return length;
}

void CurlMail::end(CURLcode code) {
    code_ = code;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status_);
    ended_ = true;
    wake_.cancel();
}

void CurlMail::end(Cause cause) {
    cause_ = cause;
    ended_ = true;
    wake_.cancel();
}

Result<void> CurlMail::outcome() const {
    if (cause_ == Cause::by_code && code_ == CURLE_OK)
        return {};
    const bool connected = addresses_allowed_ > 0 && code_ != CURLE_COULDNT_CONNECT;
    const bool is_refusal = cause_ == Cause::by_code && connected && code_ != CURLE_OPERATION_TIMEDOUT &&
                            code_ != CURLE_PEER_FAILED_VERIFICATION && code_ != CURLE_SSL_CACERT_BADFILE &&
                            code_ != CURLE_SSL_CONNECT_ERROR;
    if (is_refusal)
        return failure(Errc::provider_error, refusal(code_, host_, status_), curls_words_.data());
    return std::unexpected(error_of({.cause = cause_,
                                     .code = code_,
                                     .presented = read_ > 0,
                                     .denied = addresses_denied_ > 0 && addresses_allowed_ == 0,
                                     .host = host_,
                                     .detail = curls_words_.data()}));
}

CurlMailClient::CurlMailClient(boost::asio::io_context& context, MailServer server)
    : server_(std::make_shared<const MailServer>(std::move(server))),
      multi_(std::make_shared<CurlMulti>(context.get_executor(), connections, connections)) {}

CurlMailClient::~CurlMailClient() {
    multi_->close();
}

async::Task<Result<void>> CurlMailClient::send(Mail mail, async::Deadline deadline) {
    return hand_over(multi_, server_, std::move(mail), deadline);
}

}  // namespace evergrant::net
