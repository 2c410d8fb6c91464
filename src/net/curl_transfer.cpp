#include "net/curl_transfer.h"

#include "net/curl_library.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <utility>

namespace evergrant::net {

namespace {

using Cause = TransferFailure::Cause;

void wipe_string(std::string& text) noexcept {
    wipe(text.data(), text.size());
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower_case(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
    static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || others.contains(c);
    });
}

bool is_header_value(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool goes_without_proxy(std::string_view host, const std::vector<std::string>& direct) {
    const std::string name = lower_case(host);
    return std::ranges::any_of(direct, [&name](const std::string& entry) {
        const std::string known = lower_case(entry.starts_with('.') ? entry.substr(1) : entry);
        return known == "*" || name == known || name.ends_with("." + known);
    });
}

/// Headers that say where a message ends or whom it is for: the transport alone writes them.
bool belongs_to_the_transport(std::string_view name) {
    constexpr std::array<std::string_view, 8> names{
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "expect", "te", "trailer"};
    return std::ranges::find(names, lower_case(name)) != names.end();
}

}  // namespace

CurlTransfer::CurlTransfer(const boost::asio::any_io_executor& executor, std::shared_ptr<const CurlOptions> options,
                           ClientRequest request, async::Deadline deadline)
    : options_(std::move(options)), request_(std::move(request)), deadline_(deadline), wake_(executor, deadline.at()) {}

CurlTransfer::~CurlTransfer() {
    easy_.reset();
    wipe_string(request_.url);
    for (auto& [name, value] : request_.headers)
        wipe_string(value);
    wipe_string(answer_.body);
}

Result<void> CurlTransfer::prepare() {
    auto checked = options_->egress.check_url(request_.url);
    if (!checked)
        return checked;
    if (!is_token(request_.method))
        return failure(Errc::invalid_request, "The method of the request to send is not an HTTP method.");
    const bool shows_certificate = request_.with_client_certificate;
    if (shows_certificate && (options_->client_certificate.empty() || request_.url.starts_with("http:")))
        return failure(Errc::invalid_request, "The request is to show a client certificate, and cannot.");
    for (const auto& [name, value] : request_.headers)
        if (!is_token(name) || !is_header_value(value) || belongs_to_the_transport(name))
            return failure(Errc::invalid_request, "A header of the request to send cannot be sent.", name);

    const auto url = boost::urls::parse_uri(request_.url).value();
    host_ = std::string(url.encoded_host().data(), url.encoded_host().size());
    plain_http_ = url.scheme_id() == boost::urls::scheme::http;
    by_proxy_ = !options_->proxy.empty() && !goes_without_proxy(host_, options_->no_proxy);
    easy_.reset(curl_easy_init());
    if (!easy_)
        throw std::bad_alloc();
    set_transport();
    set_trust();
    set_proxy();
    set_request();
    set_headers();
    set_callbacks();
    return {};
}

void CurlTransfer::check(CURLcode code, CURLoption option) {
    if (code != CURLE_OK)
        throw std::logic_error("This libcurl refuses option " + std::to_string(option) + ".");
}

void CurlTransfer::set_transport() {
    const auto idle = request_.repeatable ? options_->idle_limit : options_->idle_limit_when_presented_once;
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // or dropping a transfer would wait for the resolver's thread
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_->connect_timeout.count()));
    set(CURLOPT_MAXAGE_CONN, static_cast<long>(idle.count()));
}

void CurlTransfer::set_trust() {
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (request_.with_client_certificate) {
        set(CURLOPT_SSLCERT, options_->client_certificate.c_str());
        set(CURLOPT_SSLKEY, options_->client_key.c_str());
    }
    if (options_->ca_file.empty())
        return;
    set(CURLOPT_CAINFO, options_->ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
}

void CurlTransfer::set_proxy() {
    // Both are set even when empty: otherwise libcurl reads them from the environment.
    set(CURLOPT_PROXY, by_proxy_ ? options_->proxy.reveal().c_str() : "");
    set(CURLOPT_NOPROXY, "");
    set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
    set(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
    if (options_->ca_file.empty())
        return;
    set(CURLOPT_PROXY_CAINFO, options_->ca_file.c_str());
    set(CURLOPT_PROXY_CAPATH, static_cast<const char*>(nullptr));
}

void CurlTransfer::set_request() {
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_USERAGENT, options_->user_agent.c_str());
    if (decodes())
        set(CURLOPT_ACCEPT_ENCODING, "");
    set_body();
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void CurlTransfer::set_body() {
    const std::string& body = request_.body.reveal();
    if (request_.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else if (!body.empty() || request_.method == "POST") {
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
        set(CURLOPT_POSTFIELDS, body.c_str());
    }
}

void CurlTransfer::set_headers() {
    const auto append = [this](const std::string& line) {
        curl_slist* list = curl_slist_append(header_list_.get(), line.c_str());
        if (list == nullptr)
            throw std::bad_alloc();
        if (!header_list_)
            header_list_.reset(list);
    };
    append("Expect:");
    bool names_its_type = false;
    for (const auto& [name, value] : request_.headers) {
        std::string line;
        line.reserve(name.size() + value.size() + 2);  // at once, so that growing leaves no copy behind
        // libcurl writes an empty header for `name;` and none for `name:`.
        line.append(name).append(trimmed(value).empty() ? ";" : ": ").append(value);
        append(line);
        wipe_string(line);
        names_its_type = names_its_type || lower_case(name) == "content-type";
    }
    if (!names_its_type)
        append("Content-Type:");
    set(CURLOPT_HTTPHEADER, header_list_.get());
}

void CurlTransfer::set_callbacks() {
    set(CURLOPT_PRIVATE, static_cast<void*>(static_cast<CurlJob*>(this)));
    set(CURLOPT_ERRORBUFFER, curls_words_.data());
    set(CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_open_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
    set(CURLOPT_PREREQFUNCTION, &CurlTransfer::on_presenting);
    set(CURLOPT_PREREQDATA, static_cast<void*>(this));
    set(CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
}

bool CurlTransfer::may_connect_to(const sockaddr& address) const noexcept {
    if (by_proxy_)
        return options_->proxy_may_be_private || options_->egress.allows_address(address);
    if (plain_http_ && !options_->egress.allows_http_to(address))
        return false;
    return options_->egress.allows_address(address, host_);
}

curl_socket_t CurlTransfer::on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    if (purpose != CURLSOCKTYPE_IPCXN || !transfer.may_connect_to(address->addr)) {
        ++transfer.addresses_denied_;
        return CURL_SOCKET_BAD;
    }
    ++transfer.addresses_allowed_;
    const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (socket >= 0)
        transfer.set_socket_options(socket);
    return socket;
}

// The kernel sends on what was written to a socket after it was closed, and while the process is stopped: a request
// would arrive after its sender has given up. So a close is a reset, which drops what was not acknowledged, and what
// nobody acknowledges for as long as a transfer may take ends the connection. A reset of an idle connection harms none.
void CurlTransfer::set_socket_options(curl_socket_t socket) const noexcept {
    const linger reset_at_close{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset_at_close, sizeof(reset_at_close));
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_.left()).count();
    const auto longest = static_cast<unsigned>(std::clamp<decltype(left)>(left, 1, std::numeric_limits<int>::max()));
    ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &longest, sizeof(longest));
}

// Called when a connection is ready and the request is about to be written to it. libcurl presents a request again on
// its own when a reused connection dies before the answer, although the server may have acted on it: that is stopped
// here. So is what comes too late: the process may have been stopped since the deadline was last looked at.
int CurlTransfer::on_presenting(void* self, char*, char*, int, int) noexcept {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    if (transfer.deadline_.passed()) {
        transfer.cause_ = Cause::deadline;
        return CURL_PREREQFUNC_ABORT;
    }
    const unsigned limit = transfer.request_.repeatable ? 2 : 1;
    if (transfer.times_presented_ == limit)
        return CURL_PREREQFUNC_ABORT;
    ++transfer.times_presented_;
    return CURL_PREREQFUNC_OK;
}

std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    return static_cast<CurlTransfer*>(self)->take_header_line({data, size * count}) ? size * count : 0;
}

std::size_t CurlTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    return static_cast<CurlTransfer*>(self)->receive({data, size * count});
}

std::size_t CurlTransfer::receive(std::string_view piece) {
    // Zero says failure, except to an empty piece.
    return take_body(piece) ? piece.size() : CURL_WRITEFUNC_ERROR;
}

bool CurlTransfer::take_header_line(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > options_->headers_limit) {
        cause_ = Cause::headers_too_long;
        return false;
    }
    if (line.starts_with("HTTP/")) {  // an interim answer may have come before
        answer_.headers.clear();
        header_section_over_ = false;
        return true;
    }
    const auto colon = line.find(':');
    if (trimmed(line).empty()) {
        const bool first = !std::exchange(header_section_over_, true);
        if (first)
            head_is_over();
    } else if (!header_section_over_ && colon != std::string_view::npos) {  // trailers are not headers
        answer_.headers.emplace_back(lower_case(trimmed(line.substr(0, colon))), trimmed(line.substr(colon + 1)));
    }
    return true;
}

bool CurlTransfer::take_body(std::string_view piece) {
    std::string& body = answer_.body;
    if (piece.size() > request_.answer_limit - body.size()) {
        cause_ = Cause::body_too_long;
        return false;
    }
    if (piece.size() > body.capacity() - body.size()) {  // by hand, so that no copy of a token stays behind
        std::string larger;
        larger.reserve(std::max(body.size() + piece.size(), 2 * body.capacity()));
        larger.append(body);
        wipe_string(body);
        body.swap(larger);
    }
    body.append(piece);
    return true;
}

void CurlTransfer::end(CURLcode code) {
    // libcurl takes headers that break off for an answer.
    code_ = code == CURLE_OK && !header_section_over_ ? CURLE_PARTIAL_FILE : code;
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    answer_.status = static_cast<unsigned>(status);
    ended_ = true;
    wake_.cancel();
}

void CurlTransfer::end(Cause cause) {
    cause_ = cause;
    ended_ = true;
    wake_.cancel();
}

void CurlTransfer::drop_headers_of_the_encoded_body() {
    if (answer_.header("content-encoding").empty())
        return;
    std::erase_if(answer_.headers, [](const auto& header) {
        return header.first == "content-encoding" || header.first == "content-length";
    });
}

Result<ClientAnswer> CurlTransfer::take_outcome() {
    if (cause_ == Cause::by_code && code_ == CURLE_OK) {
        drop_headers_of_the_encoded_body();
        return std::exchange(answer_, {});
    }
    return std::unexpected(error_of({.cause = cause_,
                                     .code = code_,
                                     .presented = times_presented_ > 0,
                                     .denied = addresses_denied_ > 0 && addresses_allowed_ == 0,
                                     .host = host_,
                                     .detail = curls_words_.data()}));
}

}  // namespace evergrant::net
