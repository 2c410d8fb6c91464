#include "net/curl_streams.h"

#include "net/curl_multi.h"
#include "net/curl_transfer.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace evergrant::net {

namespace {

using Cause = TransferFailure::Cause;

/// What is held of an answer before its reader has taken it; then libcurl reads no more.
constexpr std::size_t most_received = 256 * 1024;
ClientRequest without_body(StreamRequest& request) {
    ClientRequest plain;
    plain.method = std::move(request.method);
    plain.url = std::move(request.url);
    plain.headers = std::move(request.headers);
    plain.repeatable = request.repeatable && !request.has_body;
    return plain;
}

/// A transfer whose bodies pass through two small buffers; a full one pauses libcurl, an empty one its user.
class StreamedTransfer final : public CurlTransfer {
public:
    using Patience = HttpStream::Patience;
    using Clock = std::chrono::steady_clock;

    StreamedTransfer(const boost::asio::any_io_executor& executor, std::shared_ptr<const CurlOptions> options,
                     StreamRequest request)
        : CurlTransfer(executor, std::move(options), without_body(request), async::Deadline::after(request.longest)),
          has_body_(request.has_body),
          body_length_(request.body_length),
          reader_(executor),
          writer_(executor) {}

    void end(CURLcode code) override {
        CurlTransfer::end(code);
        wake_all();
    }
    void end(Cause cause) override {
        CurlTransfer::end(cause);
        wake_all();
    }

    async::Task<bool> write(std::string piece, bool last, Patience patience) {
        note_movement();
        while (!ended() && to_send_.size() > sent_) {
            const bool moved = co_await wait(&writer_, patience);
            if (!moved)
                end(Cause::deadline);
        }
        if (ended())
            co_return false;
        to_send_ = std::move(piece);
        sent_ = 0;
        body_over_ = last;
        if (std::exchange(sending_paused_, false))
            resume();
        co_return true;
    }

    async::Task<Result<StreamHead>> head(Patience patience) {
        while (!ended() && !head_arrived_) {
            const bool moved = co_await wait(&reader_, patience);
            if (!moved)
                end(Cause::deadline);
        }
        if (!head_arrived_)
            co_return failed();
        StreamHead arrived;
        arrived.status = answer().status;
        arrived.headers = std::move(answer().headers);
        co_return arrived;
    }

    async::Task<Result<std::string>> read(Patience patience) {
        note_movement();
        // libcurl sends no more of a body after an error, but waits on while the sending is paused.
        constexpr unsigned first_of_refusals = 300;
        if (!ended() && answer().status >= first_of_refusals && std::exchange(sending_paused_, false))
            resume();
        while (!ended() && received_.empty()) {
            const bool moved = co_await wait(&reader_, patience);
            if (!moved)
                end(Cause::deadline);
        }
        if (received_.empty() && !succeeded())
            co_return failed();
        std::string piece = std::exchange(received_, {});
        if (std::exchange(receiving_paused_, false) && !ended())
            resume();
        co_return piece;
    }

    [[nodiscard]] bool at_end() const noexcept { return ended() && received_.empty() && succeeded(); }

private:
    void set_body() override {
        if (!has_body_)
            return CurlTransfer::set_body();
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_INFILESIZE_LARGE, body_length_ ? static_cast<curl_off_t>(*body_length_) : curl_off_t{-1});
        set(CURLOPT_READFUNCTION, &StreamedTransfer::on_wanting);
        set(CURLOPT_READDATA, static_cast<void*>(this));
    }
    [[nodiscard]] bool decodes() const noexcept override { return false; }

    void head_is_over() override {
        long status = 0;
        curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
        constexpr long first_final = 200;
        if (status < first_final)
            return;
        answer().status = static_cast<unsigned>(status);
        head_arrived_ = true;
        reader_.cancel();
    }

    std::size_t receive(std::string_view piece) override {
        if (received_.size() >= most_received) {
            receiving_paused_ = true;
            return CURL_WRITEFUNC_PAUSE;
        }
        note_movement();
        received_.append(piece);
        reader_.cancel();
        return piece.size();
    }

    static std::size_t on_wanting(char* room, std::size_t size, std::size_t count, void* self) noexcept {
        return static_cast<StreamedTransfer*>(self)->give(room, size * count);
    }

    std::size_t give(char* room, std::size_t size) noexcept {
        const std::size_t left = to_send_.size() - sent_;
        if (left == 0 && !body_over_) {
            sending_paused_ = true;
            return CURL_READFUNC_PAUSE;
        }
        const std::size_t given = std::min(left, size);
        std::memcpy(room, to_send_.data() + sent_, given);
        sent_ += given;
        note_movement();
        if (sent_ == to_send_.size())
            writer_.cancel();
        return given;
    }

    void resume() {
        const int receiving = receiving_paused_ ? CURLPAUSE_RECV : CURLPAUSE_RECV_CONT;
        const int sending = sending_paused_ ? CURLPAUSE_SEND : CURLPAUSE_SEND_CONT;
        curl_easy_pause(easy(), receiving | sending);
    }

    /// Until it is woken. False: nothing has moved for as long as that.
    async::Task<bool> wait(boost::asio::steady_timer* wake, Patience patience) {
        constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
        wake->expires_at(moved_at_ + patience);
        const auto [woken] = co_await wake->async_wait(no_throw);
        const auto state = co_await boost::asio::this_coro::cancellation_state;
        if (state.cancelled() != boost::asio::cancellation_type::none)
            throw boost::system::system_error(boost::asio::error::operation_aborted);
        co_return woken || moved_at_ + patience > Clock::now();
    }

    void note_movement() { moved_at_ = Clock::now(); }

    void wake_all() {
        reader_.cancel();
        writer_.cancel();
    }

    std::unexpected<Error> failed() {
        auto outcome = take_outcome();
        if (!outcome)
            return std::unexpected(std::move(outcome).error());
        return failure(Errc::provider_error, "The provider's answer broke off.");
    }

    bool has_body_;
    std::optional<std::uint64_t> body_length_;
    std::string to_send_;
    std::size_t sent_{0};  ///< of `to_send_`
    bool body_over_{false};
    bool sending_paused_{false};
    std::string received_;
    bool receiving_paused_{false};
    bool head_arrived_{false};
    Clock::time_point moved_at_{Clock::now()};
    boost::asio::steady_timer reader_;
    boost::asio::steady_timer writer_;
};

class CurlHttpStream final : public HttpStream {
public:
    CurlHttpStream(std::shared_ptr<CurlMulti> multi, std::unique_ptr<StreamedTransfer> transfer)
        : transfer_(std::move(transfer)), membership_(std::move(multi), *transfer_) {}

    async::Task<bool> write(std::string piece, bool last, Patience patience) override {
        return transfer_->write(std::move(piece), last, patience);
    }
    async::Task<Result<StreamHead>> head(Patience patience) override { return transfer_->head(patience); }
    async::Task<Result<std::string>> read(Patience patience) override { return transfer_->read(patience); }
    void give_up() override { transfer_->end(Cause::client_closed); }
    [[nodiscard]] bool at_end() const noexcept override { return transfer_->at_end(); }

private:
    std::unique_ptr<StreamedTransfer> transfer_;
    CurlMulti::Membership membership_;  // goes first
};

}  // namespace

CurlStreams::CurlStreams(boost::asio::io_context& context, CurlOptions options)
    : options_(std::make_shared<const CurlOptions>(std::move(options))),
      multi_(std::make_shared<CurlMulti>(context.get_executor(), options_->max_connections, options_->max_per_host)) {}

CurlStreams::~CurlStreams() {
    multi_->close();
}

Result<std::unique_ptr<HttpStream>> CurlStreams::open(StreamRequest request) {
    auto transfer = std::make_unique<StreamedTransfer>(multi_->executor(), options_, std::move(request));
    auto prepared = transfer->prepare();
    if (!prepared)
        return std::unexpected(std::move(prepared).error());
    return std::make_unique<CurlHttpStream>(multi_, std::move(transfer));
}

}  // namespace evergrant::net
