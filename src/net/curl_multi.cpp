#include "net/curl_multi.h"

#include "net/curl_library.h"

#include <boost/asio/post.hpp>

#include <chrono>
#include <stdexcept>
#include <utility>
#include <vector>

namespace evergrant::net {

namespace asio = boost::asio;

CurlMulti::CurlMulti(const asio::any_io_executor& executor, std::size_t max_connections, std::size_t max_per_host)
    : executor_(executor), timer_(executor), multi_(nullptr) {
    initialise_curl();
    multi_ = curl_multi_init();
    if (multi_ == nullptr)
        throw std::runtime_error("libcurl gives no multi handle.");
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(max_connections));
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(max_per_host));
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(max_connections));
}

CurlMulti::~CurlMulti() {
    close();
}

void CurlMulti::close() {
    if (multi_ == nullptr)
        return;
    for (const auto& [at, transfer] : std::exchange(transfers_, {})) {
        transfer->give_up_connection();
        curl_multi_remove_handle(multi_, transfer->easy());
        transfer->end(TransferFailure::Cause::client_closed);
    }
    curl_multi_cleanup(multi_);
    multi_ = nullptr;
    while (!watches_.empty())
        unwatch(watches_.begin()->first);
    timer_.cancel();
}

void CurlMulti::add(CurlJob& transfer) {
    if (multi_ == nullptr || curl_multi_add_handle(multi_, transfer.easy()) != CURLM_OK) {
        transfer.end(TransferFailure::Cause::client_closed);
        return;
    }
    transfers_.emplace(transfer.deadline().at(), &transfer);
}

void CurlMulti::remove(CurlJob& transfer) {
    if (transfers_.erase({transfer.deadline().at(), &transfer}) == 0)
        return;
    transfer.give_up_connection();
    curl_multi_remove_handle(multi_, transfer.easy());
}

int CurlMulti::on_socket(CURL*, curl_socket_t socket, int wanted, void* self, void*) noexcept {
    auto* multi = static_cast<CurlMulti*>(self);
    if (wanted == CURL_POLL_REMOVE)
        multi->unwatch(socket);
    else
        multi->watch(socket, wanted);
    return 0;
}

int CurlMulti::on_timer(CURLM*, long milliseconds, void* self) noexcept {
    static_cast<CurlMulti*>(self)->set_timer(milliseconds);
    return 0;
}

void CurlMulti::watch(curl_socket_t socket, int wanted) {
    auto& watch = watches_[socket];
    if (!watch)
        watch = std::make_shared<Watch>(executor_, socket);
    watch->wanted = wanted;
    wait(watch);
}

// libcurl says so before it closes a socket: the descriptor lets go of it while its number still means this socket.
void CurlMulti::unwatch(curl_socket_t socket) {
    const auto found = watches_.find(socket);
    if (found == watches_.end())
        return;
    found->second->removed = true;
    found->second->descriptor.release();
    watches_.erase(found);
}

void CurlMulti::wait(const std::shared_ptr<Watch>& watch) {
    if (watch->removed)
        return;
    if ((watch->wanted & CURL_POLL_IN) != 0 && !watch->waits_to_read)
        wait_for(watch, &Watch::waits_to_read, asio::posix::descriptor_base::wait_read, CURL_CSELECT_IN);
    if ((watch->wanted & CURL_POLL_OUT) != 0 && !watch->waits_to_write)
        wait_for(watch, &Watch::waits_to_write, asio::posix::descriptor_base::wait_write, CURL_CSELECT_OUT);
}

void CurlMulti::wait_for(const std::shared_ptr<Watch>& watch, bool Watch::* waits,
                         asio::posix::descriptor_base::wait_type kind, int event) {
    (*watch).*waits = true;
    const curl_socket_t socket = watch->descriptor.native_handle();
    watch->descriptor.async_wait(
        kind, [weak = weak_from_this(), watch, waits, socket, event](const boost::system::error_code& error) {
            (*watch).*waits = false;
            const auto self = weak.lock();
            if (!self || watch->removed)
                return;
            const int poll_bit = event == CURL_CSELECT_IN ? CURL_POLL_IN : CURL_POLL_OUT;
            if ((watch->wanted & poll_bit) != 0)
                self->act(socket, error ? CURL_CSELECT_ERR : event);
            self->wait(watch);
        });
}

void CurlMulti::set_timer(long milliseconds) {
    ++timer_setting_;
    if (milliseconds <= 0)
        timer_.cancel();
    if (milliseconds == 0) {
        // Every transfer begins so, and a timer would cost each a system call.
        asio::post(executor_, [weak = weak_from_this(), setting = timer_setting_] {
            const auto self = weak.lock();
            if (self && self->timer_setting_ == setting)
                self->act(CURL_SOCKET_TIMEOUT, 0);
        });
    }
    if (milliseconds <= 0)
        return;
    // libcurl rounds down and does not ask again when it is called too early.
    timer_.expires_after(std::chrono::milliseconds(milliseconds + 1));
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (self && !error)
            self->act(CURL_SOCKET_TIMEOUT, 0);
    });
}

void CurlMulti::act(curl_socket_t socket, int events) {
    if (multi_ == nullptr)
        return;
    end_the_late();
    int running = 0;
    curl_multi_socket_action(multi_, socket, events, &running);
    hand_out_ended();
}

// A process that was stopped finds sockets ready and deadlines passed at once: libcurl must not write on.
void CurlMulti::end_the_late() {
    const auto now = async::Deadline::clock::now();
    while (!transfers_.empty() && transfers_.begin()->first <= now) {
        CurlJob& late = *transfers_.begin()->second;
        remove(late);
        late.end(TransferFailure::Cause::deadline);
    }
}

void CurlMulti::hand_out_ended() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        // Both are copied here: the message goes with the handle.
        CURL* easy = message->easy_handle;
        const CURLcode code = message->data.result;
        CurlJob& transfer = CurlJob::of(easy);
        transfers_.erase({transfer.deadline().at(), &transfer});
        curl_multi_remove_handle(multi_, easy);
        transfer.end(code);
    }
}

}  // namespace evergrant::net
