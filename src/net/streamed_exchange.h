#pragma once
//
// StreamedExchange: one request and its answer as streams over a session's socket. The session owns it while its
// handler is at work and decides afterwards how the connection goes on. Private to net/.
//
#include "net/session.h"

#include <chrono>
#include <optional>
#include <string>

namespace evergrant::net {

class StreamedExchange final : public Exchange {
public:
    StreamedExchange(Session& session, std::string request_id, bool head_only)
        : session_(session), request_id_(std::move(request_id)), head_only_(head_only) {}

    [[nodiscard]] async::Task<Result<std::string>> read() override;
    [[nodiscard]] Result<void> begin(ResponseHead head) override;
    [[nodiscard]] async::Task<Result<void>> write(std::string piece, bool last) override;
    [[nodiscard]] bool begun() const noexcept override { return begun_; }

    void stop_reading() override;

    /// Ends it for the client; the handler is told by what it awaits.
    void end();

    /// Whether the answer was written to its end.
    [[nodiscard]] bool finished() const noexcept { return finished_; }
    [[nodiscard]] Persistence persistence() const noexcept { return then_; }

    /// Whether the client keeps us waiting for longer than it may.
    [[nodiscard]] bool is_late(Session::Time now) const noexcept {
        return (reads_ && now >= read_due_) || (writes_ && now >= write_due_);
    }

private:
    enum class Framing : std::uint8_t { length, chunked, until_close, none };

    void choose_framing(const ResponseHead& head);
    void frame(std::string_view piece, bool last);
    async::Task<Result<void>> send_all();
    void ask_for_body();

    Session& session_;
    std::string request_id_;
    bool head_only_;
    bool begun_{false};
    bool finished_{false};
    bool over_{false};  ///< the client has left
    Framing framing_{Framing::none};
    std::uint64_t length_left_{0};
    Persistence then_{Persistence::close};
    std::string output_;
    bool stopped_reading_{false};
    bool reads_{false};
    bool writes_{false};
    Session::Time read_due_{};
    Session::Time write_due_{};
};

}  // namespace evergrant::net
